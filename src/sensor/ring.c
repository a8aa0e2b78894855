// SPDX-License-Identifier: Apache-2.0
#include "sensor/ring.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Space is given back to the kernel side in pieces of this size, not record by record: the store
 * takes the cache line away from every CPU that writes. */
#define RELEASE_BYTES (32 * 1024)

struct ring {
	unsigned long *consumer;       /* our position; one writable page */
	const unsigned long *producer; /* theirs; a page, the data follows it */
	const char *data;
	size_t size;
	size_t page;
	char *bounce; /* for a record that wraps */
	size_t record_max;
};

int ring_new(int map_fd, size_t size, size_t record_max, struct ring **ret)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	void *p;
	int r;

	if (!ring)
		return -ENOMEM;
	ring->page = (size_t)sysconf(_SC_PAGESIZE);
	ring->size = size;
	ring->record_max = record_max;
	ring->bounce = malloc(record_max);
	if (!ring->bounce) {
		r = -ENOMEM;
		goto fail;
	}
	p = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (p == MAP_FAILED) {
		r = -errno;
		goto fail;
	}
	ring->consumer = p;
	p = mmap(NULL, ring->page + size, PROT_READ, MAP_SHARED, map_fd, (off_t)ring->page);
	if (p == MAP_FAILED) {
		r = -errno;
		goto fail;
	}
	ring->producer = p;
	ring->data = (const char *)p + ring->page;
	*ret = ring;
	return 0;
fail:
	ring_free(&ring);
	return r;
}

void ring_free(struct ring **ring)
{
	struct ring *r = *ring;

	if (!r)
		return;
	if (r->consumer)
		munmap(r->consumer, r->page);
	if (r->producer)
		munmap((void *)(uintptr_t)r->producer, r->page + r->size);
	free(r->bounce);
	free(r);
	*ring = NULL;
}

static const void *record_at(struct ring *ring, unsigned long pos, size_t len)
{
	size_t at = pos & (ring->size - 1), first = ring->size - at;

	if (len <= first)
		return ring->data + at;
	memcpy(ring->bounce, ring->data + at, first);
	memcpy(ring->bounce + first, ring->data, len - first);
	return ring->bounce;
}

size_t ring_drain(struct ring *ring, size_t max, unsigned long until, ring_fn fn, void *userdata)
{
	unsigned long pos = *ring->consumer, released = pos, end;
	size_t n = 0;

	while (n < max) {
		end = MIN(__atomic_load_n(ring->producer, __ATOMIC_ACQUIRE), until);
		if (pos >= end)
			break;
		while (pos < end && n < max) {
			/* The 8-byte header never wraps: everything is aligned to 8. */
			const unsigned int *header =
				(const void *)(ring->data + (pos & (ring->size - 1)));
			unsigned int word = __atomic_load_n(header, __ATOMIC_ACQUIRE);
			size_t len = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
			size_t given;

			if (word & BPF_RINGBUF_BUSY_BIT)
				goto out;
			if (!(word & BPF_RINGBUF_DISCARD_BIT)) {
				/* One that is longer than any should be is cut, and found out. */
				given = MIN(len, ring->record_max);
				fn(userdata, record_at(ring, pos + BPF_RINGBUF_HDR_SZ, given),
				   given);
				n++;
			}
			pos += (len + BPF_RINGBUF_HDR_SZ + 7) & ~7UL;
			if (pos - released >= RELEASE_BYTES) {
				__atomic_store_n(ring->consumer, pos, __ATOMIC_RELEASE);
				released = pos;
			}
		}
	}
out:
	__atomic_store_n(ring->consumer, pos, __ATOMIC_RELEASE);
	return n;
}

unsigned long ring_written(const struct ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

unsigned long ring_read(const struct ring *ring)
{
	return *ring->consumer;
}

bool ring_pending(const struct ring *ring)
{
	return ring_read(ring) < ring_written(ring);
}
