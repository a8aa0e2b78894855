/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_READABLE_NAME_H
#define OCELLI_SYMBOL_READABLE_NAME_H

#include "base/str.h"

#include <stdbool.h>

/* Names of functions as C++ and Rust have them in their source. */

/* Whether @name looks like one that is written otherwise in files. */
bool readable_name_is(const char *name, size_t len);

/* Whether @mangled looks like one of those. */
static inline bool readable_name_is_mangled(const char *mangled)
{
	return mangled[0] == '_' && (mangled[1] == 'Z' || mangled[1] == 'R');
}

/*
 * The last identifier of the function's own name, which is in its mangled form as it is. Returns
 * its length; 0: it has none that must be there.
 */
size_t readable_name_identifier(const char *name, size_t len, const char **ret);

/*
 * Whether @name means the function @mangled. It may leave out what it returns, its
 * parameters, what it is behind them (const), the arguments of its own template, and, of
 * Rust's, hashes and the brackets of "<a::Type>::f"; white space does not count. What the linker or
 * compiler made of it (thunks, clones) is another function. @scratch: what @mangled stands for is
 * put there. Returns 1 or 0; or an error of cxx_name_read() and rust_name_read().
 */
int readable_name_matches(const char *name, size_t len, const char *mangled, size_t mangled_len,
			  struct str *scratch);

/* Calls @each with all that @mangled may be called by that, some of it several times, until it
 * returns true. @text: what it stands for, which is changed. Returns whether one did. */
bool readable_name_forms(const char *mangled, struct str *text,
			 bool (*each)(const char *s, size_t len, void *data), void *data);

/* Of names that are the same but for white space it is the same. */
uint64_t readable_name_hash(const char *name, size_t len);

/* Whether it may have hashes that Rust puts into names. */
bool readable_name_has_hash(const char *name, size_t len);

/* What @mangled stands for. Returns 0 or an error of these. */
int readable_name_read(const char *mangled, size_t len, bool hashes, struct str *ret);

#endif
