/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_RING_H
#define OCELLI_EXPORT_RING_H

#include <stddef.h>

/*
 * A first-in first-out byte buffer that takes memory from the system as it
 * fills, doubling up to @limit, and gives it all back when it is empty. The
 * limit is what growth aims at: a single append may pass it.
 */
struct ring {
	char *data;
	size_t cap;
	size_t head;
	size_t len;
	size_t limit;
};

/* Returns 0, or -ENOMEM with the ring as it was. */
int ring_append(struct ring *ring, const char *data, size_t len);

/* Sets *ret to the oldest bytes. Returns how many of them lie there in one piece. */
size_t ring_front(const struct ring *ring, const char **ret);

/* Forgets the @n oldest bytes. */
void ring_consume(struct ring *ring, size_t n);

void ring_clear(struct ring *ring);

#endif
