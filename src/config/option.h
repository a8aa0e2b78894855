/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CONFIG_OPTION_H
#define OCELLI_CONFIG_OPTION_H

#include "base/error.h"
#include "base/str.h"
#include "config/string_list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Options as data: a program lists its options in a table, each with the place
 * in its settings struct that it fills, and the same table parses the command
 * line, the environment and drop-in files, and prints the help text.
 */
enum option_type {
	OPTION_BOOL,     /* bool; --x, --x=false; the words of Go's strconv.ParseBool */
	OPTION_INT,      /* int64_t, within min..max; decimal */
	OPTION_SIZE,     /* uint64_t bytes; K, M, G suffixes (powers of 1024); within min..max */
	OPTION_DURATION, /* uint64_t nanoseconds; Go's form: 1h30m, 1.5s, 200ms; 0 needs no unit */
	OPTION_MODE,     /* unsigned int; octal file permissions, 0..0777 */
	OPTION_STRING,   /* char *; owned by the settings, NULL when empty */
	OPTION_STRINGS,  /* struct strings; separated by commas or line ends, and repeatable */
	OPTION_CHOICE,   /* int; index into ->choices; upper or lower case */
};

/* Where a value can come from, low to high precedence. */
enum option_source {
	OPTION_FROM_FILE,
	OPTION_FROM_ENV,
	OPTION_FROM_ARGS,
};

struct option_spec {
	const char *name; /* without the dashes */
	char letter;      /* one-letter form, or 0 */
	enum option_type type;
	size_t offset;              /* of the variable in the settings struct */
	const char *initial;        /* default, as a user would write it; NULL: zero or empty */
	const char *argument;       /* what the help calls the value: "FILE"; NULL for bools */
	const char *help;           /* one sentence, no full stop */
	const char *const *choices; /* OPTION_CHOICE: names, NULL-terminated */
	int64_t min, max;           /* OPTION_INT and OPTION_SIZE; both 0: no bounds */
	enum option_source source;  /* lowest that may set it: --help has no place in a file */
	const char *inert;  /* accepted so that files written for others load, but without effect;
			     * says why. Has no variable; setting it to anything but the default is
			     * worth a warning */
	const char *refuse; /* known name that this build cannot honour: says why. Has no variable;
			     * setting it to anything but the default or nothing (empty, false, 0)
			     * is an error */
	bool hidden;        /* not in the help text */
};

/* The offset of a member, and a compile error unless it is of the type that its option fills. */
#define OPTION_AT(settings, type, member)                                                        \
	(offsetof(settings, member) +                                                            \
	 0 * sizeof(char[__builtin_types_compatible_p(type, __typeof__(((settings *)0)->member)) \
				 ? 1                                                             \
				 : -1]))

/* A table of options and the settings struct they fill. */
struct options {
	const struct option_spec *specs;
	size_t n;
	void *settings;
	struct strings *warnings; /* gets what does not stop the program but its user should know,
				   * as whole sentences; NULL: nobody asks */
};

/* Fills the settings with the defaults. Returns 0, -ENOMEM; an unparsable default is a programming
 * error and asserts. */
int options_init(const struct options *opts);

/* Frees the strings in the settings. */
void options_done(const struct options *opts);

/*
 * Sets one option by name from text. @origin is where the text came from, for the error
 * ("--rb-size", "OCELLI_RB_SIZE", a file's path). Strings lists given anew replace, or with @append
 * add to, what is there.
 * Returns 0, -ENOENT for no such option (with the nearest name as remedy), -EINVAL for text that is
 * no such value, -EOPNOTSUPP for a refused option, -ENOMEM.
 */
int options_set(const struct options *opts, const char *name, const char *text, const char *origin,
		bool append, struct error **reterr);

/*
 * Parses the command line: --name value, --name=value, -l value, -lvalue, -l=value, bundled
 * one-letter bools, "--" ends. Non-options are moved to the end of @argv; *ret_first is the index
 * of the first of them. Parsing the same @argv again gives the same. With @stop_at_first, parsing
 * ends at the first non-option (for sub-commands).
 * Returns 0 or negative errno; on failure, @argv is as it was, but options before the bad one are
 * set. Reading from other sources fails likewise.
 */
int options_parse_args(const struct options *opts, int argc, char **argv, bool stop_at_first,
		       int *ret_first, struct error **reterr);

/*
 * Takes from the environment every PREFIX_NAME_WITH_UNDERSCORES that names an option. Empty
 * variables count as unset. Other variables of that prefix are nobody's (Kubernetes makes some up
 * for a service of that name), but one that is nearly an option is worth a warning.
 */
int options_read_env(const struct options *opts, const char *prefix, struct error **reterr);

/*
 * Reads a drop-in directory: one file per option, named like it, its content the value with white
 * space trimmed; symlinks are followed, directories and dot files passed over. A directory that is
 * not there is fine unless @required. Files over 64 KiB are refused.
 */
int options_read_dir(const struct options *opts, const char *path, bool required,
		     struct error **reterr);

/* Reads a flat YAML file of "name: value" lines (lists as [a, b] or "- a" lines), of 64 KiB at
 * most. A file that is not there is fine unless @required. */
int options_read_yaml(const struct options *opts, const char *path, bool required,
		      struct error **reterr);

/* Appends the help text of all options that do something, but the hidden ones, wrapped to @width
 * columns. */
void options_help(const struct options *opts, struct str *out, unsigned width);

#endif
