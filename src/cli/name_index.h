/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_NAME_INDEX_H
#define OCELLI_CLI_NAME_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers for names, 0, 1, 2 … in the order in which they come; no more than ->max. */
struct name_index {
	size_t max;
	char **names; /* by number */
	size_t n;
	uint32_t *slots; /* numbers from 1, by hash; 0: free */
	size_t n_slots;  /* a power of two */
};

/* Returns 0 with the number of the name; -ENOSPC when it would be one too many, -ENOMEM. */
int name_index_add(struct name_index *index, const char *name, size_t *ret, bool *ret_new);

/* Returns 0, or -ENOENT. */
int name_index_find(const struct name_index *index, const char *name, size_t *ret);

/* Forgets all of them. */
void name_index_clear(struct name_index *index);
void name_index_done(struct name_index *index);

#endif
