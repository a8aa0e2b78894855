// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "base/cleanup.h"
#include "base/distance.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/complain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* More mistakes than this, and one name is as likely meant as another. */
#define MISTAKES_MAX 2

/* --- names */

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = command_table; *c; c++)
		if (!strcmp(name, (*c)->name) || ((*c)->alias && !strcmp(name, (*c)->alias)))
			return *c;
	return NULL;
}

static bool is_named(const struct command_group *group, const char *name)
{
	for (const char *const *alias = group->aliases; alias && *alias; alias++)
		if (!strcmp(*alias, name))
			return true;
	return !strcmp(group->name, name);
}

const struct command_group *command_group_find(const char *name)
{
	for (const struct command_group *group = command_groups; group->name; group++)
		if (is_named(group, name))
			return group;
	return NULL;
}

bool command_is_in_group(const struct command *command, const char *group)
{
	size_t len = strlen(group);

	return !strncmp(command->name, group, len) && command->name[len] == ' ';
}

/* The first @n words as a name; that of a group is what it is called here. */
static void join(struct str *out, int n, char **argv)
{
	const struct command_group *group = n > 0 ? command_group_find(argv[0]) : NULL;

	for (int i = 0; i < n; i++)
		str_appendf(out, "%s%s", i ? " " : "", i == 0 && group ? group->name : argv[i]);
}

const struct command *command_find_words(int argc, char **argv, int *ret_words)
{
	for (int n = MIN(argc, COMMAND_WORDS_MAX); n > 0; n--) {
		_cleanup_str_ struct str name = STR_INIT;
		const struct command *command;

		join(&name, n, argv);
		command = str_cstr(&name) ? command_find(name.data) : NULL;
		if (command) {
			*ret_words = n;
			return command;
		}
	}
	return NULL;
}

/* Names of commands, and those of groups, up to the words that there are. */
static const char *nearest(const char *name)
{
	const char *best = NULL;
	size_t mistakes = MISTAKES_MAX + 1;

	for (const struct command *const *c = command_table; *c; c++) {
		size_t d = distance_of_names(name, strlen(name), (*c)->name, strlen((*c)->name));

		if (d < mistakes) {
			mistakes = d;
			best = (*c)->name;
		}
	}
	for (const struct command_group *g = command_groups; g->name; g++) {
		size_t d = distance_of_names(name, strlen(name), g->name, strlen(g->name));

		if (d < mistakes) {
			mistakes = d;
			best = g->name;
		}
	}
	return best;
}

void command_complain_unknown(int argc, char **argv)
{
	const struct command_group *group = command_group_find(argv[0]);
	_cleanup_str_ struct str name = STR_INIT;
	int words = group && argc > 1 && argv[1][0] != '-' ? 2 : 1;
	const char *meant;

	if (group && words == 1) {
		complain("\"%s\" is a group of commands (\"ocelli help %s\" lists them)",
			 group->name, group->name);
		return;
	}
	join(&name, words, argv);
	if (!str_cstr(&name)) {
		complain_error(NULL, -ENOMEM);
		return;
	}
	meant = nearest(name.data);
	if (meant)
		complain("there is no command \"%s\" (did you mean %s?)", name.data, meant);
	else
		complain("there is no command \"%s\" (\"ocelli help%s%s\" lists them)", name.data,
			 group ? " " : "", group ? group->name : "");
}

/* --- running */

struct option_spec *command_options(const struct command *command, size_t *ret_n)
{
	const struct {
		const struct option_spec *specs;
		size_t n;
	} parts[] = {
		{command ? command->options : &version_option, command ? command->n_options : 1},
		{common_options, n_common_options},
		{server_options, n_server_options},
	};
	struct option_spec *all = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		n += parts[i].n;
	all = calloc(n, sizeof(*all));
	*ret_n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(parts) && all; i++) {
		if (parts[i].n)
			memcpy(all + *ret_n, parts[i].specs, parts[i].n * sizeof(*all));
		*ret_n += parts[i].n;
	}
	return all;
}

static void print(struct str *text, FILE *to)
{
	fwrite(text->data, 1, text->len, to);
}

static void print_help(const struct command *command, FILE *to)
{
	_cleanup_str_ struct str out = STR_INIT;

	command_help(command, &out);
	print(&out, to);
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

/* @argv: options, those before the command first, and arguments. */
static enum status run(const struct command *command, int argc, char **argv)
{
	_cleanup_strings_ struct strings warnings = {0};
	_cleanup_free_ struct common_settings *settings = calloc(1, command->settings_size);
	struct options options = {.settings = settings, .warnings = &warnings};
	_cleanup_free_ struct option_spec *specs = command_options(command, &options.n);
	enum status status;
	int first;

	options.specs = specs;
	if (!settings || !specs || options_init(&options) < 0) {
		complain_error(NULL, -ENOMEM);
		return STATUS_FAILED;
	}
	if (parse(&options, argc, argv, false, &first) < 0) {
		status = STATUS_USAGE;
	} else if (settings->help) {
		print_help(command, stdout);
		status = STATUS_OK;
	} else {
		log_set_level(settings->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN);
		status = command->run(settings, argc - first, argv + first);
	}
	options_done(&options);
	return status;
}

static bool wants_help(int argc, char **argv)
{
	return argc > 0 && (!strcmp(argv[0], "-h") || !strcmp(argv[0], "--help"));
}

/* @argv from @first on begins with the command; options are before. */
static enum status dispatch(const struct main_settings *settings, int argc, char **argv, int first)
{
	const struct command *command;
	const struct command_group *group;
	int words;

	if (settings->common.help) {
		print_help(NULL, stdout);
		return STATUS_OK;
	}
	if (settings->version)
		return run(&version_command, 1, (char *[]){NULL, NULL});
	if (first == argc) {
		print_help(NULL, stderr);
		return STATUS_USAGE;
	}
	command = command_find_words(argc - first, argv + first, &words);
	if (command) {
		memmove(argv + first, argv + first + words,
			(size_t)(argc - first - words + 1) * sizeof(*argv));
		return run(command, argc - words, argv);
	}
	group = command_group_find(argv[first]);
	if (group && wants_help(argc - first - 1, argv + first + 1)) {
		_cleanup_str_ struct str out = STR_INIT;

		command_group_help(group, &out);
		print(&out, stdout);
		return STATUS_OK;
	}
	command_complain_unknown(argc - first, argv + first);
	return STATUS_USAGE;
}

/* A program can be run without even a name; and "--" before a command says nothing. */
static int tidy(int argc, char **argv, int first)
{
	if (first > 1 && first <= argc && !strcmp(argv[first - 1], "--")) {
		memmove(argv + first - 1, argv + first, (size_t)(argc - first + 1) * sizeof(*argv));
		return 1;
	}
	return 0;
}

enum status command_main(int argc, char **argv)
{
	_cleanup_strings_ struct strings warnings = {0};
	struct main_settings settings = {0};
	struct options options = {.settings = &settings, .warnings = &warnings};
	_cleanup_free_ struct option_spec *specs = command_options(NULL, &options.n);
	enum status status = STATUS_USAGE;
	int first, less;

	options.specs = specs;
	if (!specs || options_init(&options) < 0) {
		complain_error(NULL, -ENOMEM);
		return STATUS_FAILED;
	}
	if (parse(&options, argc, argv, true, &first) == 0) {
		less = tidy(argc, argv, first);
		status = dispatch(&settings, argc - less, argv, first - less);
	}
	options_done(&options);
	return status;
}
