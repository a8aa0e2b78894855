// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"
#include "cli/policy_files.h"
#include "cli/policy_report.h"
#include "compile/expression.h"
#include "policy/reach.h"

#include <errno.h>

struct settings {
	struct common_settings common;
	int output;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static enum status report(const struct settings *settings, const struct policies *policies,
			  const struct diagnostics *diags)
{
	_cleanup_str_ struct str out = STR_INIT;
	enum status status;

	if (settings->output == OUTPUT_JSON)
		policy_report_json(&out, policies, diags);
	else
		policy_report_text(&out, policies, diags);
	status = output_print(&out);
	return status != STATUS_OK || diags->counts[SEVERITY_ERROR] ? STATUS_FAILED : STATUS_OK;
}

/* What of expressions, and of whom policies kill, can be told without a kernel. Those that have
 * mistakes are no good policies. */
static int check_further(struct policies *policies, struct diagnostics *diags)
{
	int r = 0;

	for (size_t i = 0; i < policies->n && r >= 0;) {
		size_t mistakes = diags->mistakes;
		struct policy *bad;

		r = expressions_check(policies->v[i], diags);
		diagnostics_file(diags, policies->v[i]->file);
		policy_check_reach(policies->v[i], diags);
		if (diags->mistakes == mistakes) {
			i++;
			continue;
		}
		bad = policies_take(policies, i);
		policy_free(&bad);
	}
	return r;
}

static enum status run(void *data, int argc, char **argv)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;

	enum status status = policy_files_read("policy check", argc, argv, &policies, &diags);

	if (check_further(&policies, &diags) < 0) {
		complain_error(NULL, -ENOMEM);
		return STATUS_FAILED;
	}
	diagnostics_sort(&diags);
	return status == STATUS_OK ? report(data, &policies, &diags) : status;
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print what was found"),
};

const struct command policy_check_command = {
	.name = "policy check",
	.arguments = "FILE|DIRECTORY|-...",
	.summary = "Tell what is wrong with policies, without loading them",
	.description =
		"Reads TracingPolicy and TracingPolicyNamespaced documents, and of directories all "
		"*.yaml and *.yml. Everything that can be told without the kernel that they are "
		"for is "
		"checked, and all that is wrong is told, with its place and what to do. Needs no "
		"privileges.",
	.exit_status = "0 when all policies are good, warnings or not; 1 when one is not, or a "
		       "file could not "
		       "be read",
	.operands = OPERANDS_FILES,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.run = run,
};
