// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_files.h"
#include "cli/complain.h"

enum status policy_files_read(const char *command, int argc, char **argv, struct policies *policies,
			      struct diagnostics *diags)
{
	if (argc == 0) {
		complain("%s takes files or directories, or \"-\" for standard input", command);
		return STATUS_USAGE;
	}
	for (int i = 0; i < argc; i++) {
		int r = policies_load(policies, diags, argv[i]);

		if (r < 0) {
			complain_error(NULL, r);
			return STATUS_FAILED;
		}
	}
	return STATUS_OK;
}

void policy_files_complain(struct diagnostics *diags)
{
	diagnostics_sort(diags);
	for (size_t i = 0; i < diags->n; i++) {
		_cleanup_str_ struct str text = STR_INIT;

		finding_text(diags->v[i], &text);
		text.len -= text.len > 0;
		complain("%s", str_cstr(&text) ? text.data : "out of memory");
	}
}
