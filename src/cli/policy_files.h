/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_POLICY_FILES_H
#define OCELLI_CLI_POLICY_FILES_H

#include "cli/command.h"
#include "policy/policy.h"

/* Reads what the arguments of @command name: files, directories, or "-". What is wrong with
 * policies is among @diags; that there is no argument is told. */
enum status policy_files_read(const char *command, int argc, char **argv, struct policies *policies,
			      struct diagnostics *diags);

/* Tells what was found on standard error. */
void policy_files_complain(struct diagnostics *diags);

#endif
