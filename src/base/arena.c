// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"
#include "base/macro.h"

#include <stdint.h>
#include <stdlib.h>

#define BLOCK_SIZE (16 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(max_align_t) char data[];
};

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	struct arena_block *block;

	size = MAX(size, BLOCK_SIZE);
	block = size <= SIZE_MAX - sizeof(*block) ? malloc(sizeof(*block) + size) : NULL;
	if (!block) {
		arena->failed = true;
		return NULL;
	}
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->used = 0;
	arena->total += size;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	const size_t align = _Alignof(max_align_t);
	void *p;

	if (size > SIZE_MAX - align) {
		arena->failed = true;
		return NULL;
	}
	size = (size + align - 1) & ~(align - 1);
	if (!block || block->size - arena->used < size) {
		block = add_block(arena, size);
		if (!block)
			return NULL;
	}
	p = block->data + arena->used;
	arena->used += size;
	return p;
}

void arena_reset(struct arena *arena)
{
	while (arena->blocks && arena->blocks->next) {
		struct arena_block *next = arena->blocks->next;

		arena->total -= arena->blocks->size;
		free(arena->blocks);
		arena->blocks = next;
	}
	arena->used = 0;
	arena->failed = false;
	/* One big event must not keep its memory for ever. */
	if (arena->blocks && arena->blocks->size > BLOCK_SIZE)
		arena_done(arena);
}

void arena_done(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
	*arena = ARENA_INIT;
}
