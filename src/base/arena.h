/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_ARENA_H
#define OCELLI_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory that is given back all at once. After a reset the first block is used
 * again, so that repeated work of usual size does not allocate.
 */
struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first */
	size_t used;                /* of the newest */
	size_t total;               /* of all */
	bool failed;                /* an allocation did since the last reset */
};

#define ARENA_INIT ((struct arena){0})

/* Returns @size bytes, aligned for any type, not cleared; NULL when out of memory. */
void *arena_alloc(struct arena *arena, size_t size);

/* Takes all back that was given. */
void arena_reset(struct arena *arena);

void arena_done(struct arena *arena);

#endif
