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
	STATUS_USAGE,       /* the command line makes no sense */
	STATUS_UNREACHABLE, /* there is no agent where it was looked for */
};

/* What every command takes. The settings of each begin with it. */
struct common_settings {
	bool debug;
	bool help;
	/* The connection to the agent (cli/remote.h). */
	char *server_address; /* NULL: where it is by default */
	uint64_t timeout;     /* ns; 0: none */
	int64_t retries;
	uint64_t max_recv_size;
	struct strings tls_ca_cert_files;
	char *tls_cert_file, *tls_key_file, *tls_server_name;
	bool tls_skip_verify;
};

/* What stands behind the options on a command line, as completion goes about it. */
enum operands {
	OPERANDS_NONE,
	OPERANDS_FILES,
	OPERANDS_WORDS, /* one of ->words */
	OPERANDS_COMMANDS,
	OPERANDS_OTHER,
};

struct example {
	const char *line; /* of a shell */
	const char *says; /* what it does; one line */
};

/*
 * A command as data: dispatch, help, manual pages and completion are made from it.
 */
struct command {
	const char *name;      /* words: of its groups, then its own */
	const char *alias;     /* another one for all of them, or NULL */
	const char *arguments; /* what follows the options in the usage line, or NULL */
	enum operands operands;
	const char *const *words; /* for OPERANDS_WORDS, NULL-terminated */
	const char *summary;      /* one sentence, no full stop */
	const char *description; /* what there is more to say, paragraphs with a blank line between;
				  * or NULL */
	const char *exit_status; /* "0 when …; 1 when …", no full stop; NULL: as of every command */
	const struct example *examples;    /* ended by one without a line; or NULL */
	const struct option_spec *options; /* besides those that every command takes */
	size_t n_options;
	size_t settings_size;
	bool remote; /* it asks the agent: help tells of the options for that */

	/* @argv are the @argc arguments that are no options. */
	enum status (*run)(void *settings, int argc, char **argv);
};

/* The first words of commands that belong together. */
struct command_group {
	const char *name;
	const char *const *aliases; /* NULL-terminated, or NULL */
	const char *summary;
};

/* All of them, in the order of the help (command_table.c); NULL-terminated. */
extern const struct command *const command_table[];
/* Ended by one without a name. */
extern const struct command_group command_groups[];

/* The words of a command line have names of commands of up to so many. */
#define COMMAND_WORDS_MAX 3

/* What stands before a command only. */
struct main_settings {
	struct common_settings common;
	bool version;
};

/* Options that every command takes, those of them for the connection to the agent, and that of
 * the program alone. */
extern const struct option_spec common_options[], server_options[], version_option;
extern const size_t n_common_options, n_server_options;

/* Returns the command of that name or alias, NULL when there is none. */
const struct command *command_find(const char *name);

/* The same of the first words of a command line, the most that are a command's; *ret_words is how
 * many they are. */
const struct command *command_find_words(int argc, char **argv, int *ret_words);

/* The group of that name or alias, or NULL. */
const struct command_group *command_group_find(const char *name);
/* Whether that is the group of the command. */
bool command_is_in_group(const struct command *command, const char *group);

/* Says that there is no such command, and which one may have been meant. */
void command_complain_unknown(int argc, char **argv);

/* Appends the help of one command, or with NULL of the program. */
void command_help(const struct command *command, struct str *out);
void command_group_help(const struct command_group *group, struct str *out);

/* All options that a command takes, its own first; NULL: the program. Returns an array to be freed,
 * NULL without memory. */
struct option_spec *command_options(const struct command *command, size_t *ret_n);

/* Runs the program: what main() does. */
enum status command_main(int argc, char **argv);

#endif
