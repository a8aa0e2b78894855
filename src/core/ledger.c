// SPDX-License-Identifier: Apache-2.0
#include "core/ledger.h"
#include "base/macro.h"

static const char *const record_names[_RECORD_MAX] = {
	[RECORD_FORK] = "fork", [RECORD_EXEC] = "exec",     [RECORD_TASK] = "task",
	[RECORD_EXIT] = "exit", [RECORD_CGROUP] = "cgroup", [RECORD_THROTTLE] = "throttle",
	[RECORD_DATA] = "data", [RECORD_DYING] = "dying",   [RECORD_HOOK] = "hook",
	[RECORD_PART] = "part", [RECORD_LOAD] = "load",
};

static const char *const outcome_names[_OUTCOME_MAX] = {
	[OUTCOME_EVENT] = "event",
	[OUTCOME_ABSORBED] = "absorbed",
	[OUTCOME_OUTDATED] = "outdated",
	[OUTCOME_DUPLICATE] = "duplicate",
	[OUTCOME_UNANNOUNCED] = "unannounced",
	[OUTCOME_PENDING] = "pending",
	[OUTCOME_UNUSED] = "unused",
	[OUTCOME_LATE] = "late",
	[OUTCOME_WITHDRAWN] = "withdrawn",
	[OUTCOME_MALFORMED] = "malformed",
	[OUTCOME_NO_MEMORY] = "no_memory",
};

static const char *const event_names[_EVENT_MAX] = {
	[EVENT_EXEC] = "process_exec",         [EVENT_EXIT] = "process_exit",
	[EVENT_THROTTLE] = "process_throttle", [EVENT_RATE_LIMIT_INFO] = "rate_limit_info",
	[EVENT_KPROBE] = "process_kprobe",     [EVENT_TRACEPOINT] = "process_tracepoint",
	[EVENT_LSM] = "process_lsm",           [EVENT_LOADER] = "process_loader",
	[EVENT_UPROBE] = "process_uprobe",     [EVENT_USDT] = "process_usdt",
};

const char *event_type_to_string(enum event_type type)
{
	return event_names[type];
}

const char *record_type_to_string(enum record_type type)
{
	return record_names[type];
}

const char *outcome_to_string(enum outcome outcome)
{
	return outcome_names[outcome];
}

static uint64_t sum(const uint64_t *v, size_t n)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += v[i];
	return total;
}

bool ledger_balanced(const struct ledger *l)
{
	for (size_t i = 0; i < _RECORD_MAX; i++) {
		if (l->kernel.produced[i] + l->supplied[i] !=
		    l->kernel.full[i] + l->kernel.throttled[i] + l->kernel.discarded[i] +
			    l->received[i])
			return false;
		if (l->received[i] != sum(l->outcomes[i], _OUTCOME_MAX))
			return false;
	}
	for (size_t i = 0; i < _EVENT_MAX; i++)
		if (l->made[i] !=
		    l->filtered[i] + l->limited[i] + l->unrendered[i] + l->exported[i])
			return false;
	return true;
}

static void tell(ledger_line_fn line, void *userdata, const char *of, const char *name,
		 const struct ledger_count *counts, size_t n)
{
	line(userdata, &(struct ledger_line){of, name, counts, n, false});
}

static void tell_record(const struct ledger *l, size_t type, ledger_line_fn line, void *userdata)
{
	struct ledger_count counts[6 + _OUTCOME_MAX] = {
		{"produced", l->kernel.produced[type]},   {"supplied", l->supplied[type]},
		{"full", l->kernel.full[type]},           {"throttled", l->kernel.throttled[type]},
		{"discarded", l->kernel.discarded[type]}, {"received", l->received[type]},
	};

	for (size_t i = 0; i < _OUTCOME_MAX; i++)
		counts[6 + i] = (struct ledger_count){outcome_names[i], l->outcomes[type][i]};
	tell(line, userdata, "record", record_names[type], counts, ARRAY_SIZE(counts));
}

static void tell_event(const struct ledger *l, size_t type, ledger_line_fn line, void *userdata)
{
	const struct ledger_count counts[] = {
		{"made", l->made[type]},         {"filtered", l->filtered[type]},
		{"limited", l->limited[type]},   {"unrendered", l->unrendered[type]},
		{"exported", l->exported[type]},
	};

	tell(line, userdata, "event", event_names[type], counts, ARRAY_SIZE(counts));
}

void ledger_tell(const struct ledger *l, ledger_line_fn line, void *userdata)
{
	const struct ledger_count total[] = {
		{"missed", l->missed},
		{"bare_execs", l->kernel.bare_execs},
		{"own_hooks", l->kernel.own_hooks},
		{"unread", l->kernel.unread},
		{"truncated", l->truncated},
		{"invalid_utf8", l->invalid_utf8},
		{"unknown_processes", l->unknown},
		{"unnamed_frames", l->unnamed},
		{"overredacted", l->overredacted},
		{"undecided", l->undecided},
		{"valueless", l->valueless},
	};

	for (size_t i = 0; i < _RECORD_MAX; i++)
		tell_record(l, i, line, userdata);
	for (size_t i = 0; i < _EVENT_MAX; i++)
		tell_event(l, i, line, userdata);
	tell(line, userdata, "total", NULL, total, ARRAY_SIZE(total));
}

void ledger_line_print(void *userdata, const struct ledger_line *line)
{
	struct str *out = userdata;

	str_appendf(out, "%s%s%s", line->of, line->name ? "=" : "", line->name ? line->name : "");
	for (size_t i = 0; i < line->n; i++)
		if (line->whole || line->counts[i].value)
			str_appendf(out, " %s=%llu", line->counts[i].name,
				    (unsigned long long)line->counts[i].value);
	str_append_char(out, '\n');
}
