/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_COMPLETION_H
#define OCELLI_CLI_COMPLETION_H

#include "base/str.h"
#include "cli/command.h"

/* Append what a shell is to read to complete command lines, made from the table of commands. */
void completion_bash(struct str *out, bool descriptions);
void completion_zsh(struct str *out, bool descriptions);
void completion_fish(struct str *out, bool descriptions);
void completion_powershell(struct str *out, bool descriptions);

/* --- what they share */

/* Whether people are told of the option. */
static inline bool completion_shows(const struct option_spec *spec)
{
	return !spec->hidden && !spec->inert && !spec->refuse;
}

/* Whether its value is the name of a file. */
bool completion_is_file(const struct option_spec *spec);

/* The first words of names that have more, each once: "" and "policy". */
struct completion_prefix {
	const char *text; /* not terminated at … */
	size_t len;
};

#define COMPLETION_PREFIXES_MAX 64

/* Returns how many there are. */
size_t completion_prefixes(struct completion_prefix ret[COMPLETION_PREFIXES_MAX]);

/* A word that can stand behind a prefix. */
struct completion_word {
	const char *text; /* not terminated at … */
	size_t len;
	const char *summary;
	const char *alias;          /* of a command; or NULL */
	const char *const *aliases; /* of a group; or NULL */
};

/* The next of them; *at is 0 at first. Returns false when there are no more. */
bool completion_next(const struct completion_prefix *prefix, size_t *at,
		     struct completion_word *ret);

#endif
