/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CONFIG_OPTION_INTERNAL_H
#define OCELLI_CONFIG_OPTION_INTERNAL_H

#include "config/option.h"

/* What the readers of the different sources share, and tests and fuzzers reach. */

/* Where a text came from, told in errors and warnings. */
struct origin {
	const char *what; /* as its user wrote it: "--rb-size"; NULL: the file's name says it */
	const char *file; /* or NULL */
	unsigned line;    /* from 1; 0: the whole file */
	unsigned column;
};

/* Says in *reterr where. Returns @r. */
int origin_blame(const struct origin *origin, int r, struct error **reterr);

/* The option of that name that @source may set, or NULL. */
const struct option_spec *option_find(const struct options *opts, const char *name, size_t len,
				      enum option_source source);

/* The option that @name is most likely to mean, or NULL. */
const struct option_spec *option_nearest(const struct options *opts, const char *name, size_t len,
					 enum option_source source);

/* The error of a name, @dashes characters into @text, that option_find() does not know. Returns
 * -ENOENT, or -EINVAL when the option exists but not for @source. */
int option_unknown(const struct options *opts, const char *text, size_t dashes,
		   enum option_source source, struct error **reterr);

/* Parses and stores one value, or explains. Returns as options_set() does. */
int option_assign(const struct options *opts, const struct option_spec *spec, const char *text,
		  bool append, const struct origin *origin, struct error **reterr);

/* Adds to the warnings, if anybody asks for them. Returns 0 or -ENOMEM. */
int option_warn(const struct options *opts, const struct origin *origin, struct error **warning);

/* As option_assign(), of text from a file: refuses control bytes, and trims white space. */
int option_assign_from_file(const struct options *opts, const struct option_spec *spec,
			    const char *text, size_t len, bool append, const struct origin *origin,
			    struct error **reterr);

/* Largest configuration file that is read. */
#define OPTION_FILE_MAX ((size_t)64 << 10)

/* Reads a regular file whole, with a NUL behind it, into an empty buffer. Returns 0, -EISDIR for a
 * directory, -ENOTSUP for other things that are no regular file, -EFBIG, other negative errno. */
int option_read_file(const char *path, struct str *ret);

/* Makes an error of what option_read_file() returned. Returns @r. */
int option_file_failed(const char *path, int r, struct error **reterr);

/* The line and column, both from 1, of the byte at @offset. */
void option_place(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column);

/* options_read_yaml() of a text in memory; @path is for errors. */
int options_read_yaml_text(const struct options *opts, const char *path, const char *text,
			   size_t len, struct error **reterr);

#endif
