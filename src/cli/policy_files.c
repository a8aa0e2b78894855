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
