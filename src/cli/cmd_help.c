// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"
#include "cli/command.h"
#include "cli/complain.h"

#include <stdio.h>

static enum status run(void *settings, int argc, char **argv)
{
	_cleanup_str_ struct str out = STR_INIT;
	int words;
	const struct command *command = command_find_words(argc, argv, &words);

	if (argc > 1 && argc > words) {
		complain("help takes the name of one command");
		return STATUS_USAGE;
	}
	if (argc > 0 && !command) {
		command_complain_unknown(argv[0]);
		return STATUS_USAGE;
	}
	command_help(command, &out);
	fwrite(out.data, 1, out.len, stdout);
	return STATUS_OK;
}

static const struct option_spec options[] = {COMMON_OPTIONS};

const struct command help_command = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "Tell about the program or a command",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct common_settings),
	.run = run,
};
