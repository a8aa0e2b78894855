/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_ARENA_H
#define OCELLI_FILTER_ARENA_H

#include <stddef.h>

/* Memory given out piece by piece and taken back all at once. All zero is the empty arena. */
struct arena {
	struct arena_block *block;
	size_t used; /* of the newest block */
};

/* Returns @size bytes aligned for anything, not zeroed; NULL when out of memory. */
void *arena_alloc(struct arena *arena, size_t size);

/* Takes everything back, and keeps one block for what comes next. */
void arena_reset(struct arena *arena);

void arena_free(struct arena *arena);

#endif
