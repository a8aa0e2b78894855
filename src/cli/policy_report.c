// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_report.h"
#include "base/escape.h"
#include "event/json.h"
#include "policy/schema.h"

#include <limits.h>

/* Text. */

static void append_count(struct str *out, size_t n, const char *one, const char *many)
{
	if (n)
		str_appendf(out, "%zu %s", n, n == 1 ? one : many);
	else
		str_appendf(out, "no %s", many);
}

static void append_finding(struct str *out, const struct finding *finding)
{
	_cleanup_str_ struct str text = STR_INIT;
	const char *line, *end;

	finding_text(finding, &text);
	/* What is quoted from files must not act on the terminal; the ends of lines are ours. */
	for (line = text.data; text.len; line = end + 1) {
		end = memchr(line, '\n', text.len - (size_t)(line - text.data));
		if (!end)
			break;
		escape_text(out, line, (size_t)(end - line));
		str_append_char(out, '\n');
		if (end + 1 == text.data + text.len)
			break;
	}
	out->failed |= text.failed;
}

void policy_report_text(struct str *out, const struct policies *policies,
			const struct diagnostics *diags)
{
	for (size_t i = 0; i < diags->n; i++)
		append_finding(out, diags->v[i]);
	append_count(out, policies->n, "good policy", "good policies");
	str_append_lit(out, ", ");
	append_count(out, diags->counts[SEVERITY_ERROR], "error", "errors");
	str_append_lit(out, ", ");
	append_count(out, diags->counts[SEVERITY_WARNING], "warning", "warnings");
	str_append_char(out, '\n');
}

/* JSON. */

static void append_name(struct str *out, const char *name)
{
	if (out->len && out->data[out->len - 1] != '{')
		str_append_char(out, ',');
	json_write_string(out, name, strlen(name));
	str_append_char(out, ':');
}

static void append_string(struct str *out, const char *name, const char *value)
{
	append_name(out, name);
	if (value)
		json_write_string(out, value, strlen(value));
	else
		str_append_lit(out, "null");
}

static void append_number(struct str *out, const char *name, size_t n)
{
	append_name(out, name);
	str_append_u64(out, n);
}

static void append_policy(struct str *out, const struct policy *policy)
{
	const struct policy_text *namespace = &policy->metadata.namespace;

	str_append_char(out, '{');
	append_string(out, "file", policy->file);
	append_number(out, "line", policy->mark.line);
	append_string(out, "kind", policy_kind_names[policy->kind]);
	append_string(out, "name", policy->metadata.name.s);
	append_string(out, "namespace", namespace->len ? namespace->s : NULL);
	str_append_char(out, '}');
}

static void append_finding_json(struct str *out, const struct finding *finding)
{
	bool placed = finding->mark.line && finding->mark.line != UINT_MAX;

	str_append_char(out, '{');
	append_string(out, "severity", severity_name(finding->severity));
	append_string(out, "file", finding->file);
	append_number(out, "line", placed ? finding->mark.line : 0);
	append_number(out, "column", placed ? finding->mark.column : 0);
	append_string(out, "what", finding->what);
	append_string(out, "why", finding->why);
	append_string(out, "remedy", finding->remedy);
	str_append_char(out, '}');
}

void policy_report_json(struct str *out, const struct policies *policies,
			const struct diagnostics *diags)
{
	str_append_lit(out, "{\"policies\":[\n");
	for (size_t i = 0; i < policies->n; i++) {
		append_policy(out, policies->v[i]);
		str_append_z(out, i + 1 < policies->n ? ",\n" : "\n");
	}
	str_append_lit(out, "],\"findings\":[\n");
	for (size_t i = 0; i < diags->n; i++) {
		append_finding_json(out, diags->v[i]);
		str_append_z(out, i + 1 < diags->n ? ",\n" : "\n");
	}
	str_append_char(out, ']');
	append_number(out, "errors", diags->counts[SEVERITY_ERROR]);
	append_number(out, "warnings", diags->counts[SEVERITY_WARNING]);
	str_append_lit(out, "}\n");
}
