/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_HASH_H
#define OCELLI_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a: for names that nobody has chosen to collide; and byte by byte. */
#define HASH_INIT 14695981039346656037ULL

static inline uint64_t hash_byte(uint64_t h, unsigned char byte)
{
	return (h ^ byte) * 1099511628211ULL;
}

/* The same of a number as a whole. */
static inline uint64_t hash_number(uint64_t h, uint64_t number)
{
	h = (h ^ number) * 1099511628211ULL;
	return h ^ h >> 32;
}

static inline uint64_t hash_bytes(const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t h = HASH_INIT;

	for (size_t i = 0; i < n; i++)
		h = hash_byte(h, p[i]);
	return h;
}

#endif
