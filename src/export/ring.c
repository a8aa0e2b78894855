// SPDX-License-Identifier: Apache-2.0
#include "export/ring.h"
#include "base/macro.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define RING_MIN ((size_t)64 * 1024)

/* Straight from the system: malloc() would keep what is freed. */
static int ring_grow(struct ring *ring, size_t need)
{
	size_t first = MIN(ring->len, ring->cap - ring->head);
	size_t cap = MAX(ring->cap, RING_MIN / 2);
	char *data;

	if (cap > SIZE_MAX / 2)
		return -ENOMEM;
	cap = MAX(MIN(cap * 2, ring->limit), need);
	if (ring->data)
		data = mremap(ring->data, ring->cap, cap, MREMAP_MAYMOVE);
	else
		data = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		return -ENOMEM;
	/* What wrapped round stays; what it follows moves to the new end. */
	if (first < ring->len) {
		memmove(data + cap - first, data + ring->head, first);
		ring->head = cap - first;
	}
	ring->data = data;
	ring->cap = cap;
	return 0;
}

int ring_append(struct ring *ring, const char *data, size_t len)
{
	size_t tail, first;

	if (len == 0)
		return 0;
	if (len > SIZE_MAX - ring->len)
		return -ENOMEM;
	if (ring->len + len > ring->cap && ring_grow(ring, ring->len + len) < 0)
		return -ENOMEM;
	tail = ring->head + ring->len;
	if (tail >= ring->cap)
		tail -= ring->cap;
	first = MIN(len, ring->cap - tail);
	memcpy(ring->data + tail, data, first);
	memcpy(ring->data, data + first, len - first);
	ring->len += len;
	return 0;
}

size_t ring_front(const struct ring *ring, const char **ret)
{
	*ret = ring->data + ring->head;
	return MIN(ring->len, ring->cap - ring->head);
}

void ring_consume(struct ring *ring, size_t n)
{
	if (n == ring->len) {
		ring_clear(ring);
		return;
	}
	ring->len -= n;
	ring->head += n;
	if (ring->head >= ring->cap)
		ring->head -= ring->cap;
}

void ring_clear(struct ring *ring)
{
	if (ring->data)
		munmap(ring->data, ring->cap);
	*ring = (struct ring){.limit = ring->limit};
}
