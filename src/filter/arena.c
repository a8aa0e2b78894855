// SPDX-License-Identifier: Apache-2.0
#include "filter/arena.h"
#include "base/macro.h"

#include <stdint.h>
#include <stdlib.h>

#define BLOCK_SIZE 16384

struct arena_block {
	struct arena_block *older;
	size_t size;
	max_align_t data[];
};

static size_t align(size_t size)
{
	return (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *piece;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = align(size);
	if (!arena->block || arena->block->size - arena->used < size) {
		size_t room = MAX(size, (size_t)BLOCK_SIZE);
		struct arena_block *block = malloc(sizeof(*block) + room);

		if (!block)
			return NULL;
		block->older = arena->block;
		block->size = room;
		arena->block = block;
		arena->used = 0;
	}
	piece = (char *)arena->block->data + arena->used;
	arena->used += size;
	return piece;
}

static void free_older(struct arena_block *block)
{
	while (block->older) {
		struct arena_block *older = block->older;

		block->older = older->older;
		free(older);
	}
}

void arena_reset(struct arena *arena)
{
	if (arena->block)
		free_older(arena->block);
	arena->used = 0;
}

void arena_free(struct arena *arena)
{
	arena_reset(arena);
	free(arena->block);
	arena->block = NULL;
}
