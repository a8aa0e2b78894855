// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "base/cleanup.h"
#include "base/distance.h"
#include "base/log.h"
#include "cli/complain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define HELP_WIDTH_MAX 100
#define HELP_WIDTH_UNKNOWN 80

/* More mistakes than this, and one name is as likely meant as another. */
#define MISTAKES_MAX 2

static const struct command *const commands[] = {
	&getevents_command,      &help_command,  &policy_check_command,
	&policy_explain_command, &probe_command, &version_command,
};

struct main_settings {
	struct common_settings common;
	bool version;
};

static const struct option_spec main_options[] = {
	COMMON_OPTIONS,
	{.name = "version",
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct main_settings, version),
	 .help = "Print the version"},
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i]->name) ||
		    (commands[i]->alias && !strcmp(name, commands[i]->alias)))
			return commands[i];
	return NULL;
}

const struct command *command_find_words(int argc, char **argv, int *ret_words)
{
	const struct command *command = NULL;

	for (*ret_words = MIN(argc, 2); *ret_words > 0 && !command;) {
		_cleanup_free_ char *name = NULL;

		if (asprintf(&name, "%s%s%s", argv[0], *ret_words > 1 ? " " : "",
			     *ret_words > 1 ? argv[1] : "") < 0)
			name = NULL;
		command = name ? command_find(name) : NULL;
		*ret_words -= !command;
	}
	return command;
}

/* Whether commands begin with this word. */
static bool is_group(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strncmp(commands[i]->name, word, len) && commands[i]->name[len] == ' ')
			return true;
	return false;
}

static void complain_unknown_words(int argc, char **argv)
{
	_cleanup_free_ char *name = NULL;

	if (!is_group(argv[0]) || (argc > 1 && argv[1][0] == '-'))
		argc = 1;
	if (asprintf(&name, "%s%s%s", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "") < 0)
		name = NULL;
	command_complain_unknown(name ? name : argv[0]);
}

void command_complain_unknown(const char *name)
{
	const char *nearest = NULL;
	size_t mistakes = MISTAKES_MAX + 1;

	if (is_group(name)) {
		complain("\"%s\" is a group of commands (\"ocelli help\" lists them)", name);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const char *known = commands[i]->name;
		size_t d = distance_of_names(name, strlen(name), known, strlen(known));

		if (d < mistakes) {
			mistakes = d;
			nearest = known;
		}
	}
	if (nearest)
		complain("there is no command \"%s\" (did you mean %s?)", name, nearest);
	else
		complain("there is no command \"%s\" (\"ocelli help\" lists them)", name);
}

static unsigned help_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return HELP_WIDTH_UNKNOWN;
	return MIN(size.ws_col, HELP_WIDTH_MAX);
}

static void append_commands(struct str *out)
{
	str_append_lit(out, "\nCommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		str_appendf(out, "  %-16s%s\n", commands[i]->name, commands[i]->summary);
}

void command_help(const struct command *command, struct str *out)
{
	struct options options = {
		.specs = command ? command->options : main_options,
		.n = command ? command->n_options : ARRAY_SIZE(main_options),
	};

	if (!command) {
		str_append_lit(out, "Usage: ocelli [OPTION...] COMMAND [ARGUMENT...]\n\n"
				    "Runtime security for Linux: what ocellid sees, for people.\n");
		append_commands(out);
	} else {
		str_appendf(out, "Usage: ocelli %s [OPTION...]%s%s\n\n%s.\n", command->name,
			    command->arguments ? " " : "",
			    command->arguments ? command->arguments : "", command->summary);
		if (command->description)
			str_append_z(out, command->description);
	}
	str_append_lit(out, "\nOptions:\n");
	options_help(&options, out, help_width());
	if (!command)
		str_append_lit(out,
			       "\n\"ocelli help COMMAND\" tells about a command. Exit status: 0 "
			       "done, 1 failed,\n2 mistaken command line. See ocelli(1).\n");
}

static void print_help(const struct command *command, FILE *to)
{
	_cleanup_str_ struct str out = STR_INIT;

	command_help(command, &out);
	fwrite(out.data, 1, out.len, to);
}

/* Parses the options in @argv into settings that are at their defaults. */
static int parse(const struct options *options, int argc, char **argv, bool stop_at_first,
		 int *ret_first)
{
	_cleanup_error_ struct error *err = NULL;
	int r = options_parse_args(options, argc, argv, stop_at_first, ret_first, &err);

	for (size_t i = 0; i < options->warnings->n; i++)
		complain("%s", options->warnings->v[i]);
	if (r < 0)
		complain_error(err, r);
	return r;
}

static enum status run(const struct command *command, const struct common_settings *global,
		       int argc, char **argv)
{
	_cleanup_strings_ struct strings warnings = {0};
	_cleanup_free_ struct common_settings *settings = calloc(1, command->settings_size);
	const struct options options = {
		.specs = command->options,
		.n = command->n_options,
		.settings = settings,
		.warnings = &warnings,
	};
	enum status status;
	int first;

	if (!settings || options_init(&options) < 0) {
		complain_error(NULL, -ENOMEM);
		return STATUS_FAILED;
	}
	if (parse(&options, argc, argv, false, &first) < 0) {
		status = STATUS_USAGE;
	} else if (settings->help) {
		print_help(command, stdout);
		status = STATUS_OK;
	} else {
		settings->debug |= global->debug;
		log_set_level(settings->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN);
		status = command->run(settings, argc - first, argv + first);
	}
	options_done(&options);
	return status;
}

static enum status dispatch(const struct main_settings *settings, int argc, char **argv)
{
	const struct command *command;
	int words;

	if (settings->common.help) {
		print_help(NULL, stdout);
		return STATUS_OK;
	}
	if (settings->version)
		return run(&version_command, &settings->common, 1, (char *[]){NULL, NULL});
	if (argc == 0) {
		print_help(NULL, stderr);
		return STATUS_USAGE;
	}
	command = command_find_words(argc, argv, &words);
	if (!command) {
		complain_unknown_words(argc, argv);
		return STATUS_USAGE;
	}
	return run(command, &settings->common, argc - words + 1, argv + words - 1);
}

enum status command_main(int argc, char **argv)
{
	_cleanup_strings_ struct strings warnings = {0};
	struct main_settings settings = {0};
	const struct options options = {
		.specs = main_options,
		.n = ARRAY_SIZE(main_options),
		.settings = &settings,
		.warnings = &warnings,
	};
	enum status status = STATUS_USAGE;
	int first;

	if (options_init(&options) < 0) {
		complain_error(NULL, -ENOMEM);
		return STATUS_FAILED;
	}
	if (parse(&options, argc, argv, true, &first) == 0)
		status = dispatch(&settings, argc - first, argv + first);
	options_done(&options);
	return status;
}
