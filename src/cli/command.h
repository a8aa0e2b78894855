/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_COMMAND_H
#define OCELLI_CLI_COMMAND_H

#include "config/option.h"

#include <stdbool.h>
#include <stddef.h>

/* What the program exits with; in ocelli(1). */
enum status {
	STATUS_OK,
	STATUS_FAILED,
	STATUS_USAGE, /* the command line makes no sense */
};

/* What every command takes. The settings of each begin with it. */
struct common_settings {
	bool debug;
	bool help;
};

#define COMMON_NO_SERVER "connections to a server are not in this version"

/* The rows of an option table for it, with what stands for the connection to a server. */
#define COMMON_OPTIONS                                                                             \
	{.name = "debug",                                                                          \
	 .letter = 'd',                                                                            \
	 .type = OPTION_BOOL,                                                                      \
	 .offset = offsetof(struct common_settings, debug),                                        \
	 .help = "Tell more of what is done"},                                                     \
		{.name = "help",                                                                   \
		 .letter = 'h',                                                                    \
		 .type = OPTION_BOOL,                                                              \
		 .offset = offsetof(struct common_settings, help),                                 \
		 .help = "Print this help"},                                                       \
		{.name = "server-address", .type = OPTION_STRING, .refuse = COMMON_NO_SERVER},     \
		{.name = "timeout",                                                                \
		 .type = OPTION_DURATION,                                                          \
		 .initial = "30s",                                                                 \
		 .refuse = COMMON_NO_SERVER},                                                      \
		{.name = "retries",                                                                \
		 .type = OPTION_INT,                                                               \
		 .initial = "1",                                                                   \
		 .refuse = COMMON_NO_SERVER},                                                      \
		{.name = "max-recv-size",                                                          \
		 .type = OPTION_INT,                                                               \
		 .initial = "10485760",                                                            \
		 .refuse = COMMON_NO_SERVER},                                                      \
		{.name = "tls-ca-cert-files", .type = OPTION_STRINGS, .refuse = COMMON_NO_SERVER}, \
		{.name = "tls-cert-file", .type = OPTION_STRING, .refuse = COMMON_NO_SERVER},      \
		{.name = "tls-key-file", .type = OPTION_STRING, .refuse = COMMON_NO_SERVER},       \
		{.name = "tls-server-name", .type = OPTION_STRING, .refuse = COMMON_NO_SERVER},    \
	{                                                                                          \
		.name = "tls-skip-verify", .type = OPTION_BOOL, .refuse = COMMON_NO_SERVER         \
	}

struct command {
	const char *name;        /* a word, or that of a group and one of its commands */
	const char *alias;       /* or NULL */
	const char *arguments;   /* what follows the options in the usage line, or NULL */
	const char *summary;     /* one sentence, no full stop */
	const char *description; /* what the help says more, whole lines; or NULL */
	const struct option_spec *options;
	size_t n_options;
	size_t settings_size;

	/* @argv are the @argc arguments that are no options. */
	enum status (*run)(void *settings, int argc, char **argv);
};

extern const struct command getevents_command, help_command, policy_check_command,
	policy_explain_command, probe_command, version_command;

/* Returns the command of that name or alias, NULL when there is none. Names can be of two words,
 * with a blank between them. */
const struct command *command_find(const char *name);

/* The same of the first words of a command line; *ret_words is how many they are. */
const struct command *command_find_words(int argc, char **argv, int *ret_words);

/* Says that there is no such command, and which one may have been meant. */
void command_complain_unknown(const char *name);

/* Appends the help of one command, or with NULL of the program. */
void command_help(const struct command *command, struct str *out);

/* Runs the program: what main() does. */
enum status command_main(int argc, char **argv);

#endif
