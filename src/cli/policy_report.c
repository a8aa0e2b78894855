// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_report.h"
#include "base/escape.h"
#include "cli/json_members.h"
#include "policy/schema.h"

#include <limits.h>
#include <string.h>

/* Text. */

static void append_count(struct str *out, size_t n, const char *one, const char *many)
{
	if (n)
		str_appendf(out, "%zu %s", n, n == 1 ? one : many);
	else
		str_appendf(out, "no %s", many);
}

void policy_report_put_finding(struct str *out, const struct finding *finding)
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
		policy_report_put_finding(out, diags->v[i]);
	append_count(out, policies->n, "good policy", "good policies");
	str_append_lit(out, ", ");
	append_count(out, diags->counts[SEVERITY_ERROR], "error", "errors");
	str_append_lit(out, ", ");
	append_count(out, diags->counts[SEVERITY_WARNING], "warning", "warnings");
	str_append_char(out, '\n');
}

/* JSON. */

static void put_policy(struct str *out, const void *from, size_t i)
{
	const struct policy *policy = ((const struct policies *)from)->v[i];
	const struct policy_text *namespace = &policy->metadata.namespace;

	json_put_begin(out, NULL, '{');
	json_put_string(out, "file", policy->file);
	json_put_number(out, "line", policy->mark.line);
	json_put_string(out, "kind", policy_kind_names[policy->kind]);
	json_put_string(out, "name", policy->metadata.name.s);
	json_put_string(out, "namespace", namespace->len ? namespace->s : NULL);
	json_put_end(out, '}');
}

static void put_finding(struct str *out, const void *from, size_t i)
{
	const struct finding *finding = ((const struct diagnostics *)from)->v[i];
	bool placed = finding->mark.line && finding->mark.line != UINT_MAX;

	json_put_begin(out, NULL, '{');
	json_put_string(out, "severity", severity_name(finding->severity));
	json_put_string(out, "file", finding->file);
	json_put_number(out, "line", placed ? finding->mark.line : 0);
	json_put_number(out, "column", placed ? finding->mark.column : 0);
	json_put_string(out, "what", finding->what);
	json_put_string(out, "why", finding->why);
	json_put_string(out, "remedy", finding->remedy);
	json_put_end(out, '}');
}

/* Each in a line of its own. */
static void put_lines(struct str *out, const char *name, size_t n,
		      void (*put)(struct str *out, const void *from, size_t i), const void *from)
{
	json_put_begin(out, name, '[');
	str_append_char(out, '\n');
	for (size_t i = 0; i < n; i++) {
		put(out, from, i);
		str_append_char(out, '\n');
	}
	json_put_end(out, ']');
}

void policy_report_put_findings(struct str *out, const struct diagnostics *diags)
{
	put_lines(out, "findings", diags->n, put_finding, diags);
}

void policy_report_json(struct str *out, const struct policies *policies,
			const struct diagnostics *diags)
{
	json_put_begin(out, NULL, '{');
	put_lines(out, "policies", policies->n, put_policy, policies);
	policy_report_put_findings(out, diags);
	json_put_number(out, "errors", diags->counts[SEVERITY_ERROR]);
	json_put_number(out, "warnings", diags->counts[SEVERITY_WARNING]);
	json_put_end(out, '}');
	str_append_char(out, '\n');
}
