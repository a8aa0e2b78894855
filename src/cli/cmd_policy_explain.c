// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/explain_report.h"
#include "cli/output.h"
#include "cli/policy_files.h"
#include "cli/progress.h"

#include <errno.h>
#include <stdlib.h>

struct settings {
	struct common_settings common;
	int output;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static enum status print(const struct settings *settings, const struct explain_report *report)
{
	_cleanup_str_ struct str out = STR_INIT;

	if (settings->output == OUTPUT_JSON)
		explain_report_json(&out, report);
	else
		explain_report_text(&out, report);
	return output_print(&out);
}

static bool is_refused(const struct explain_report *report)
{
	for (size_t i = 0; i < report->n; i++)
		if (report->v[i].verdict == POLICY_REFUSED)
			return true;
	return report->diags->counts[SEVERITY_ERROR] > 0;
}

/* One after the other: what one takes of the kernel is given back before the next. */
static enum status explain(const struct settings *settings, const struct policies *policies,
			   const struct diagnostics *diags)
{
	_cleanup_free_ struct explanation *v = calloc(policies->n + 1, sizeof(*v));
	struct explainer *explainer = NULL;
	bool begun = progress_begin("reading the kernel's types");
	enum status status = STATUS_FAILED;
	struct explain_report report = {.v = v, .diags = diags};
	int r = v ? explainer_new(&explainer) : -ENOMEM;

	for (; r >= 0 && report.n < policies->n; report.n++) {
		progress_step("loading programs on trial");
		r = explain_policy(explainer, policies->v[report.n], &v[report.n]);
	}
	progress_end(&begun);
	report.explainer = explainer;
	if (r < 0)
		complain_error(NULL, r);
	else
		status = print(settings, &report);
	if (is_refused(&report))
		status = STATUS_FAILED;
	for (size_t i = 0; i < report.n; i++)
		explanation_done(explainer, &v[i]);
	explainer_free(&explainer);
	return status;
}

static enum status run(void *data, int argc, char **argv)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;

	enum status status = policy_files_read("policy explain", argc, argv, &policies, &diags);

	return status == STATUS_OK ? explain(data, &policies, &diags) : status;
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print it"),
};

const struct command policy_explain_command = {
	.name = "policy explain",
	.arguments = "FILE|DIRECTORY|-...",
	.summary = "Tell what policies would do on the running kernel, without loading them",
	.description = "For each hook: by what it is hooked and why, where, what is read, which "
		       "filters are "
		       "applied when, what is done, and what a call is estimated to cost. Programs "
		       "are loaded "
		       "on trial, and attached nowhere. What would be refused is told with the "
		       "reason and what "
		       "works instead; also what a process can change while it is looked at. As "
		       "root it tells "
		       "most; without, what takes privileges is told to be unknown.",
	.exit_status = "0 when no policy would be refused, as far as can be told; 1 when one "
		       "would, or a file "
		       "could not be read",
	.operands = OPERANDS_FILES,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.run = run,
};
