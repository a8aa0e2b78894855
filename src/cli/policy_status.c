// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_status.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/macro.h"
#include "cli/table.h"

#include <ctype.h>
#include <string.h>

/* "TP_STATE_LOAD_ERROR" ► "load_error"; the number where this version has no name for it. */
static const char *word_of(const ProtobufCEnumDescriptor *type, int value, const char *prefix,
			   char *buf, size_t size)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(type, value);
	size_t skip = strlen(prefix), i = 0;

	if (!v) {
		snprintf(buf, size, "%d", value);
		return buf;
	}
	if (strncmp(v->name, prefix, skip) != 0)
		skip = 0;
	for (const char *c = v->name + skip; *c && i + 1 < size; c++)
		buf[i++] = (char)tolower((unsigned char)*c);
	buf[i] = '\0';
	return buf;
}

struct words {
	char state[48], mode[48];
};

static struct words words_of(const Tetragon__TracingPolicyStatus *p)
{
	struct words words;

	word_of(&tetragon__tracing_policy_state__descriptor, (int)p->state, "TP_STATE_",
		words.state, sizeof(words.state));
	word_of(&tetragon__tracing_policy_mode__descriptor, (int)p->mode, "TP_MODE_", words.mode,
		sizeof(words.mode));
	return words;
}

static const char *hook_state(const Tetragon__HookStatus *hook, char *buf, size_t size)
{
	return word_of(&tetragon__hook_state__descriptor, (int)hook->state, "STATUS_", buf, size);
}

/* --- counts */

static const struct {
	const char *name;
	size_t offset;
	enum { TELLS, ENFORCES, MONITORS, NEITHER } kind;
} counters[] = {
#define COUNTER(name, kind) {#name, offsetof(Tetragon__TracingPolicyActionCounters, name), kind}
	COUNTER(post, TELLS),
	COUNTER(nopost, NEITHER),
	COUNTER(signal, ENFORCES),
	COUNTER(override, ENFORCES),
	COUNTER(notify_enforcer, ENFORCES),
	COUNTER(set, ENFORCES),
	COUNTER(monitor_signal, MONITORS),
	COUNTER(monitor_override, MONITORS),
	COUNTER(monitor_notify_enforcer, MONITORS),
	COUNTER(monitor_set, MONITORS),
};

static uint64_t count_of(const Tetragon__TracingPolicyActionCounters *of, size_t i)
{
	return *(const uint64_t *)(const void *)((const char *)of + counters[i].offset);
}

static const Tetragon__TracingPolicyActionCounters *total_of(const Tetragon__TracingPolicyStatus *p)
{
	bool has = p->_stats_case == TETRAGON__TRACING_POLICY_STATUS___STATS_STATS && p->stats;

	return has ? p->stats->action_counters : NULL;
}

static unsigned long long sum_of(const Tetragon__TracingPolicyStatus *p, int kind)
{
	const Tetragon__TracingPolicyActionCounters *total = total_of(p);
	uint64_t sum = 0;

	for (size_t i = 0; total && i < ARRAY_SIZE(counters); i++)
		if ((int)counters[i].kind == kind)
			sum += count_of(total, i);
	return sum;
}

/* --- lines below a policy's */

static void indent(struct str *out, const char *text, const char *by)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		str_append_z(out, by);
		escape_text(out, text, n);
		str_append_char(out, '\n');
		text += n + (text[n] == '\n');
	}
}

static void write_troubles(const Tetragon__TracingPolicyStatus *p, struct str *out)
{
	indent(out, p->error, "    ");
	if (p->state != TETRAGON__TRACING_POLICY_STATE__TP_STATE_PARTIALLY_ENABLED)
		return;
	for (size_t i = 0; i < p->n_hook_statuses; i++) {
		const Tetragon__HookStatus *hook = p->hook_statuses[i];
		char state[48];

		if (hook->state == TETRAGON__HOOK_STATE__STATUS_LOADED)
			continue;
		str_append_lit(out, "    ");
		escape_text(out, hook->section, strlen(hook->section));
		str_appendf(out, "[%u] ", hook->hook_idx);
		escape_text(out, hook->hook_description, strlen(hook->hook_description));
		str_appendf(out, ": %s\n", hook_state(hook, state, sizeof(state)));
	}
}

static void add_bytes(struct table *table, uint64_t bytes)
{
	if (bytes < 1024)
		table_addf(table, "%uB", (unsigned)bytes);
	else
		table_addf(table, "%.1fKiB", (double)bytes / 1024);
}

void policy_status_table(const Tetragon__ListTracingPoliciesResponse *list, struct str *out)
{
	static const char *const titles[] = {"ID",        "NAME",         "DOMAIN", "STATE",
					     "NAMESPACE", "KERNELMEMORY", "MODE",   "NPOST",
					     "NENFORCE",  "NMONITOR"};
	_cleanup_table_ struct table table = TABLE_INIT(ARRAY_SIZE(titles));
	_cleanup_str_ struct str rows = STR_INIT;
	const char *row;

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		table_add(&table, titles[i]);
	for (size_t i = 0; i < list->n_policies; i++) {
		const Tetragon__TracingPolicyStatus *p = list->policies[i];
		const struct words words = words_of(p);

		table_addf(&table, "%llu", (unsigned long long)p->id);
		table_add(&table, p->name);
		table_add(&table, p->domain);
		table_add(&table, words.state);
		table_add(&table, p->namespace_[0] ? p->namespace_ : "-");
		add_bytes(&table, p->kernel_memory_bytes);
		table_add(&table, words.mode);
		table_addf(&table, "%llu", sum_of(p, TELLS));
		table_addf(&table, "%llu", sum_of(p, ENFORCES));
		table_addf(&table, "%llu", sum_of(p, MONITORS));
	}
	table_write(&table, &rows);
	row = str_cstr(&rows);
	for (size_t i = 0; row && i <= list->n_policies; i++) {
		size_t n = strcspn(row, "\n") + 1;

		str_append(out, row, n);
		row += n;
		if (i > 0)
			write_troubles(list->policies[i - 1], out);
	}
	out->failed |= rows.failed;
}

/* --- one of them */

static void write_counts(struct str *out, const Tetragon__TracingPolicyActionCounters *counts)
{
	bool any = false;

	for (size_t i = 0; counts && i < ARRAY_SIZE(counters); i++) {
		uint64_t n = count_of(counts, i);

		if (n)
			str_appendf(out, "%s %s %llu", any ? "," : "", counters[i].name,
				    (unsigned long long)n);
		any |= n > 0;
	}
	str_append_z(out, any ? "\n" : " nothing yet\n");
}

static void write_hook(struct str *out, const Tetragon__HookStatus *hook)
{
	char state[48];

	str_append_lit(out, "  ");
	escape_text(out, hook->section, strlen(hook->section));
	str_appendf(out, "[%u] ", hook->hook_idx);
	escape_text(out, hook->hook_description, strlen(hook->hook_description));
	str_appendf(out, ": %s", hook_state(hook, state, sizeof(state)));
	if (hook->backend[0]) {
		str_append_lit(out, " by ");
		escape_text(out, hook->backend, strlen(hook->backend));
	}
	if (hook->n_places) {
		str_append_lit(out, " at ");
		escape_text(out, hook->places[0], strlen(hook->places[0]));
	}
	if (hook->n_places > 1)
		str_appendf(out, " and %zu more", hook->n_places - 1);
	str_append_char(out, '\n');
	indent(out, hook->reason, "    ");
}

static void write_selectors(struct str *out, const Tetragon__TracingPolicyStats *stats)
{
	for (size_t i = 0; i < stats->n_selector_action_counters; i++) {
		const Tetragon__TracingPolicySelectorActionCounters *s =
			stats->selector_action_counters[i];

		str_append_lit(out, "  ");
		escape_text(out, s->hook, strlen(s->hook));
		str_appendf(out, ".selectors[%u]",
			    s->selector_index ? s->selector_index->value : 0);
		if (s->selector_label[0]) {
			str_append_lit(out, " \"");
			escape_text(out, s->selector_label, strlen(s->selector_label));
			str_append_lit(out, "\"");
		}
		str_append_char(out, ':');
		write_counts(out, s->action_counters);
	}
}

static void write_line(struct str *out, const char *name, const char *value)
{
	if (!value[0])
		return;
	str_appendf(out, "%-10s ", name);
	escape_text(out, value, strlen(value));
	str_append_char(out, '\n');
}

void policy_status_text(const Tetragon__TracingPolicyStatus *p, struct str *out)
{
	const struct words words = words_of(p);

	write_line(out, "name", p->name);
	write_line(out, "namespace", p->namespace_);
	write_line(out, "domain", p->domain);
	str_appendf(out, "%-10s %llu\n", "id", (unsigned long long)p->id);
	write_line(out, "file", p->file);
	write_line(out, "state", words.state);
	write_line(out, "mode", words.mode);
	str_appendf(out, "%-10s %llu bytes in the kernel\n", "memory",
		    (unsigned long long)p->kernel_memory_bytes);
	indent(out, p->error, "  ");
	if (p->n_hook_statuses)
		str_append_lit(out, "hooks\n");
	for (size_t i = 0; i < p->n_hook_statuses; i++)
		write_hook(out, p->hook_statuses[i]);
	if (total_of(p)) {
		str_append_lit(out, "counts    ");
		write_counts(out, total_of(p));
		write_selectors(out, p->stats);
	}
	if (p->text[0])
		str_append_lit(out, "text\n");
	indent(out, p->text, "  ");
}
