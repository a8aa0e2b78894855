/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_ANSWER_H
#define OCELLI_AGENT_ANSWER_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

/* Messages that are answers to clients: all that is below them is an arena's, or borrowed. */

/* The messages never change what they borrow. */
static inline char *answer_text(const char *s)
{
	return (char *)(uintptr_t)(s ? s : "");
}

/* Makes room for @n messages of this type, and for their list. False: out of memory. */
#define ANSWER_LIST(arena, n, type, list)                                \
	__extension__({                                                  \
		size_t _n = (n);                                         \
		type *_v = arena_alloc(arena, (_n + 1) * sizeof(*_v));   \
		(list) = arena_alloc(arena, (_n + 1) * sizeof(*(list))); \
		for (size_t _i = 0; _v && (list) && _i < _n; _i++)       \
			(list)[_i] = &_v[_i];                            \
		_v && (list);                                            \
	})

#endif
