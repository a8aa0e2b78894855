// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/manual.h"
#include "cli/output.h"

#include <string.h>

enum manual { MANUAL_NONE, MANUAL_PAGE, MANUAL_COMMANDS, MANUAL_OPTIONS };

struct settings {
	struct common_settings common;
	int manual; /* enum manual */
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

/* What tools/man-pages makes the manual pages of. */
static void write_manual(struct str *out, int what, const struct command *command)
{
	if (what == MANUAL_COMMANDS)
		manual_commands(out);
	else if (what == MANUAL_OPTIONS)
		manual_common_options(out);
	else if (command)
		manual_page(command, out);
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
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
	if (settings->manual != MANUAL_NONE)
		write_manual(&out, settings->manual, command);
	else if (group)
		command_group_help(group, &out);
	else
		command_help(command, &out);
	return output_print(&out);
}

static const char *const manual_names[] = {
	[MANUAL_NONE] = "none",
	[MANUAL_PAGE] = "page",
	[MANUAL_COMMANDS] = "commands",
	[MANUAL_OPTIONS] = "options",
	NULL,
};

static const struct option_spec options[] = {
	{.name = "manual",
	 .type = OPTION_CHOICE,
	 .choices = manual_names,
	 .offset = AT(manual),
	 .initial = "none",
	 .argument = "WHAT",
	 .help = "Print parts of manual pages",
	 .hidden = true},
};

const struct command help_command = {
	.name = "help",
	.arguments = "[COMMAND]",
	.operands = OPERANDS_COMMANDS,
	.summary = "Tell about the program or a command",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.run = run,
};
