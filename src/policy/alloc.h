/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_ALLOC_H
#define OCELLI_POLICY_ALLOC_H

#include "base/arena.h"

#include <stdint.h>
#include <string.h>

/* Returns room for @n things of @size bytes, all zero; NULL when out of memory, which the arena
 * remembers. */
static inline void *alloc_array(struct arena *arena, size_t n, size_t size)
{
	void *p;

	if (size && n > SIZE_MAX / size) {
		arena->failed = true;
		return NULL;
	}
	p = arena_alloc(arena, n * size);
	if (p)
		memset(p, 0, n * size);
	return p;
}

/* Returns a copy with a NUL behind it. */
static inline char *alloc_text(struct arena *arena, const char *s, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (copy) {
		memcpy(copy, s, len);
		copy[len] = '\0';
	}
	return copy;
}

/* Makes room for one more in an array that grows. Returns false when out of memory. */
static inline bool alloc_grow(struct arena *arena, void **v, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 4;
	void *grown;

	if (n < *cap)
		return true;
	grown = alloc_array(arena, more, size);
	if (!grown)
		return false;
	if (n)
		memcpy(grown, *v, n * size);
	*v = grown;
	*cap = more;
	return true;
}

#endif
