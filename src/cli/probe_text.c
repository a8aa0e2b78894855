// SPDX-License-Identifier: Apache-2.0
#include "base/escape.h"
#include "cli/probe_report.h"

#include <string.h>

/* Columns before a feature's title, and before what is said of it. */
#define NAME_COLUMNS 26
#define INDENT 7

static const struct {
	const char *word, *color; /* as ECMA-48 numbers the foreground colours */
} states[] = {
	[FEATURE_ABSENT] = {"no", "\x1b[31m"},
	[FEATURE_PRESENT] = {"yes", "\x1b[32m"},
	[FEATURE_UNKNOWN] = {"?", "\x1b[33m"},
};

enum feature_state probe_report_core(const struct probe_report *report)
{
	enum feature_state all = FEATURE_PRESENT;

	for (size_t i = 0; i < feature_count(); i++) {
		enum feature_state state = report->findings[i].state;

		if (feature_at(i)->core && state == FEATURE_ABSENT)
			return FEATURE_ABSENT;
		if (feature_at(i)->core && state == FEATURE_UNKNOWN)
			all = FEATURE_UNKNOWN;
	}
	return all;
}

static void append_blanks(struct str *out, size_t n)
{
	while (n-- > 0)
		str_append_char(out, ' ');
}

/* Appends whole lines of words, the first of which begins with @label. Words are not broken. */
static void append_wrapped(struct str *out, const char *label, const char *text, size_t len,
			   unsigned width)
{
	size_t column = INDENT + strlen(label);

	append_blanks(out, INDENT);
	str_append_z(out, label);
	for (size_t at = 0; at < len;) {
		const char *blank = memchr(text + at, ' ', len - at);
		size_t n = blank ? (size_t)(blank - text) - at : len - at;

		if (at > 0 && column + 1 + n > width) {
			str_append_char(out, '\n');
			append_blanks(out, INDENT + 2);
			column = INDENT + 2;
		} else if (at > 0) {
			str_append_char(out, ' ');
			column++;
		}
		escape_text(out, text + at, n);
		column += n;
		at += n + 1;
	}
	str_append_char(out, '\n');
}

static void append_feature(struct str *out, const struct feature *feature,
			   const struct finding *finding, const struct probe_report *report,
			   bool color, unsigned width)
{
	const char *word = states[finding->state].word;

	str_append_lit(out, "  ");
	str_append_z(out, color ? states[finding->state].color : "");
	str_append_z(out, word);
	str_append_z(out, color ? "\x1b[0m" : "");
	append_blanks(out, INDENT - 2 - strlen(word));
	str_append_z(out, feature->name);
	append_blanks(out, MAX(NAME_COLUMNS, strlen(feature->name) + 1) - strlen(feature->name));
	str_append_z(out, feature->title);
	str_append_char(out, '\n');

	if (finding->state == FEATURE_ABSENT) {
		append_wrapped(out, "Without it: ", feature->consequence,
			       strlen(feature->consequence), width);
		append_wrapped(out, "Remedy: ", feature->remedy, strlen(feature->remedy), width);
	}
	/* Why most are unknown is said once, below. */
	if (finding->state == FEATURE_ABSENT ||
	    (finding->state == FEATURE_UNKNOWN && !report->refusal))
		append_wrapped(out, "Found: ", finding->evidence.data, finding->evidence.len,
			       width);
}

static void append_summary(struct str *out, const struct probe_report *report)
{
	size_t n[_FEATURE_STATE_MAX] = {0};
	enum feature_state core = probe_report_core(report);

	for (size_t i = 0; i < feature_count(); i++)
		n[report->findings[i].state]++;
	str_appendf(out, "\n%zu present, %zu absent, %zu unknown.\n", n[FEATURE_PRESENT],
		    n[FEATURE_ABSENT], n[FEATURE_UNKNOWN]);
	if (report->refusal)
		str_appendf(out,
			    "This process may load no BPF program (%s): what is unknown could not "
			    "be tried.\nRun it as root, where bpf(2) is allowed.\n",
			    strerror(report->refusal));
	if (core == FEATURE_PRESENT) {
		str_append_lit(out, "Process events: everything they need is here.\n");
		return;
	}
	str_append_z(out, core == FEATURE_ABSENT ? "Process events do not run here without"
						 : "Process events need, and it is unknown,");
	for (size_t i = 0, named = 0; i < feature_count(); i++)
		if (feature_at(i)->core && report->findings[i].state == core)
			str_appendf(out, "%s %s", named++ ? "," : "", feature_at(i)->name);
	str_append_lit(out, ".\n");
}

void probe_text(struct str *out, const struct probe_report *report, bool color, unsigned width)
{
	str_append_lit(out, "Linux ");
	escape_text(out, report->kernel, strlen(report->kernel));
	str_appendf(out, " on %s\n", report->machine);
	for (size_t i = 0; i < feature_count(); i++) {
		const struct feature *feature = feature_at(i);

		if (i == 0 || feature->group != feature_at(i - 1)->group)
			str_appendf(out, "\n%s\n", feature_group_title(feature->group));
		append_feature(out, feature, &report->findings[i], report, color, width);
	}
	append_summary(out, report);
}

void probe_config_text(struct str *out, const char *kernel, const char *machine,
		       const struct kconfig *config)
{
	size_t names = 0, values = 0;

	for (size_t i = 0; i < kconfig_count(); i++) {
		names = MAX(names, strlen(kconfig_at(i)->name));
		if (kconfig_value(config, i)[0] != '"')
			values = MAX(values, strlen(kconfig_value(config, i)));
	}
	str_append_lit(out, "Linux ");
	escape_text(out, kernel, strlen(kernel));
	str_appendf(out, " on %s, configured in ", machine);
	escape_text(out, config->source, strlen(config->source));
	str_append_lit(out, "\n\n");
	for (size_t i = 0; i < kconfig_count(); i++) {
		const struct kconfig_option *option = kconfig_at(i);
		const char *value = kconfig_value(config, i);

		str_append_z(out, option->name);
		append_blanks(out, names + 2 - strlen(option->name));
		escape_text(out, value, strlen(value));
		append_blanks(out, MAX(values + 2, strlen(value) + 2) - strlen(value));
		str_append_z(out, option->use);
		str_append_char(out, '\n');
	}
}
