// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"

static enum status run(void *settings, int argc, char **argv)
{
	_cleanup_str_ struct str out = STR_INIT;
	int words = 0;
	const struct command *command = command_find_words(argc, argv, &words);
	const struct command_group *group = argc == 1 ? command_group_find(argv[0]) : NULL;

	if (command && argc > words) {
		complain("help takes the name of one command");
		return STATUS_USAGE;
	}
	if (argc > 0 && !command && !group) {
		command_complain_unknown(argc, argv);
		return STATUS_USAGE;
	}
	if (group)
		command_group_help(group, &out);
	else
		command_help(command, &out);
	return output_print(&out);
}

const struct command help_command = {
	.name = "help",
	.arguments = "[COMMAND]",
	.operands = OPERANDS_COMMANDS,
	.summary = "Tell about the program or a command",
	.settings_size = sizeof(struct common_settings),
	.run = run,
};
