/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_READABLE_SEARCH_H
#define OCELLI_SYMBOL_READABLE_SEARCH_H

#include "symbol/function_set.h"

/*
 * Finds functions by what their mangled names stand for. Reading all those of a large file takes
 * seconds: for a few names only such are read that have their last identifier. When
 * as many have been read as the file has, all are, once, and their hashes are kept: 16 bytes
 * for each of the ways to write a name, some three.
 */
struct readable_search {
	struct readable_hash *hashes; /* by hash */
	size_t n, n_left_out;         /* those that are above a limit */
	bool is_kept;
	int lack;            /* what kept names from being among them */
	size_t read;         /* so many were, or what takes as long */
	size_t n_unreadable; /* of those that the last look-up was to compare: above a limit */
	struct str text;     /* of the last one that was read */
};

/*
 * Calls @each with the first entry of each name that @name means. Returns 0; -ELIBACC when @each
 * was not called and there are names that nothing can read; -ENOMEM; or what @each returns below 0,
 * which ends it.
 */
int readable_search_find(struct readable_search *search, const struct function_set *set,
			 const char *name, size_t len, int (*each)(uint32_t entry, void *data),
			 void *data);

void readable_search_done(struct readable_search *search);

#endif
