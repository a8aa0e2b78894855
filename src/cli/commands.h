/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_COMMANDS_H
#define OCELLI_CLI_COMMANDS_H

#include "cli/command.h"

/* Those in the table (command_table.c), each in its file cmd_….c. */
extern const struct command getevents_command, help_command, policy_check_command,
	policy_explain_command, probe_command, version_command;

#endif
