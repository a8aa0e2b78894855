/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_HASH_H
#define OCELLI_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a: for names that nobody has chosen to collide. */
static inline uint64_t hash_bytes(const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t h = 14695981039346656037ULL;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211ULL;
	return h;
}

#endif
