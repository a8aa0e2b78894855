// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MAX 100
#define WIDTH_UNKNOWN 80
#define NAME_COLUMN 20

static unsigned width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return WIDTH_UNKNOWN;
	return MIN(size.ws_col, WIDTH_MAX);
}

/* Paragraphs of the table, wrapped; lines that begin with blanks stay as they are. */
static void append_wrapped(struct str *out, const char *text, size_t column)
{
	size_t room = width(), used = column;

	while (*text) {
		size_t word = strcspn(text, " \n"), blanks = strspn(text + word, " ");

		if (used > column && used + 1 + word > room) {
			str_append_char(out, '\n');
			used = column = 0;
		} else if (used > column) {
			str_append_char(out, ' ');
			used++;
		}
		str_append(out, text, word);
		used += word;
		text += word + blanks;
		if (*text != '\n')
			continue;
		str_append_char(out, '\n');
		used = column = 0;
		text++;
	}
	str_append_char(out, '\n');
}

static void append_options(struct str *out, const char *title, const struct option_spec *specs,
			   size_t n)
{
	const struct options options = {.specs = specs, .n = n};
	_cleanup_str_ struct str rows = STR_INIT;

	options_help(&options, &rows, width());
	if (!rows.len)
		return;
	str_appendf(out, "\n%s:\n", title);
	str_append(out, rows.data, rows.len);
}

static void append_row(struct str *out, const char *name, const char *summary)
{
	str_appendf(out, "  %-*s%s\n", NAME_COLUMN, name, summary);
}

static void append_commands(struct str *out, const char *group)
{
	str_append_lit(out, "\nCommands:\n");
	for (size_t i = 0; command_table[i]; i++)
		if (!group || command_is_in_group(command_table[i], group))
			append_row(out, command_table[i]->name, command_table[i]->summary);
}

static void append_program(struct str *out)
{
	str_append_lit(out, "Usage: ocelli [OPTION...] COMMAND [ARGUMENT...]\n\n"
			    "Runtime security for Linux: what ocellid sees, for people.\n");
	append_commands(out, NULL);
	append_options(out, "Options", common_options, n_common_options);
	options_help(&(struct options){.specs = &version_option, .n = 1}, out, width());
	append_options(out, "The agent", server_options, n_server_options);
	str_append_lit(out, "\n\"ocelli help COMMAND\" tells about a command. Exit status: 0 "
			    "done, 1 failed,\n2 mistaken command line, 3 no agent there. See "
			    "ocelli(1).\n");
}

static void append_examples(struct str *out, const struct example *example)
{
	str_append_lit(out, "\nExamples:\n");
	for (; example->line; example++)
		str_appendf(out, "  %s\n      %s\n", example->line, example->says);
}

void command_help(const struct command *command, struct str *out)
{
	if (!command) {
		append_program(out);
		return;
	}
	str_appendf(out, "Usage: ocelli %s [OPTION...]%s%s\n\n%s.\n", command->name,
		    command->arguments ? " " : "", command->arguments ? command->arguments : "",
		    command->summary);
	if (command->alias)
		str_appendf(out, "Its other name is %s.\n", command->alias);
	if (command->description) {
		str_append_char(out, '\n');
		append_wrapped(out, command->description, 0);
	}
	if (command->n_options)
		append_options(out, "Options", command->options, command->n_options);
	append_options(out, "Options of every command", common_options, n_common_options);
	if (command->remote)
		append_options(out, "The agent", server_options, n_server_options);
	if (command->examples)
		append_examples(out, command->examples);
	if (command->exit_status) {
		str_append_lit(out, "\nExit status: ");
		append_wrapped(out, command->exit_status, strlen("Exit status: "));
	}
}

void command_group_help(const struct command_group *group, struct str *out)
{
	str_appendf(out, "Usage: ocelli %s COMMAND [OPTION...] [ARGUMENT...]\n\n%s.\n", group->name,
		    group->summary);
	for (const char *const *alias = group->aliases; alias && *alias; alias++)
		str_appendf(out, "%s%s", alias == group->aliases ? "Other names: " : ", ", *alias);
	if (group->aliases)
		str_append_char(out, '\n');
	append_commands(out, group->name);
	str_append_lit(out, "\n\"ocelli help COMMAND\" tells about a command.\n");
}
