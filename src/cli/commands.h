/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_COMMANDS_H
#define OCELLI_CLI_COMMANDS_H

#include "cli/command.h"

/* Those in the table (command_table.c), each in its file cmd_….c. */
extern const struct command bugtool_command, completion_bash_command, completion_fish_command,
	completion_powershell_command, completion_zsh_command, cri_cgroup_path_command,
	cri_version_command, doctor_command, eventlog_get_command, eventlog_set_command,
	explain_command, getevents_command, help_command, info_command, loglevel_get_command,
	loglevel_set_command, pins_list_command, pins_remove_command, policy_add_command,
	policy_check_command, policy_delete_command, policy_disable_command, policy_domains_command,
	policy_enable_command, policy_explain_command, policy_generate_command, policy_list_command,
	policy_modify_command, policy_set_mode_command, policy_show_command, policy_test_command,
	probe_command, status_command, top_command, tree_command, version_command;

#endif
