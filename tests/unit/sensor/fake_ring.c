// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "fake_ring.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fake_ring_open(struct fake_ring *ring, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p;

	ring->size = size;
	ring->mapped = 2 * page + size;
	ring->fd = memfd_create("fake_ring", MFD_CLOEXEC);
	assert_true(ring->fd >= 0);
	assert_int_equal(ftruncate(ring->fd, (off_t)ring->mapped), 0);
	p = mmap(NULL, ring->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	assert_true(p != MAP_FAILED);
	ring->consumer = p;
	ring->producer = (unsigned long *)(void *)((char *)p + page);
	ring->data = (char *)p + 2 * page;
}

void fake_ring_close(struct fake_ring *ring)
{
	munmap(ring->consumer, ring->mapped);
	close(ring->fd);
}

static uint32_t *header_at(struct fake_ring *ring, unsigned long pos)
{
	return (uint32_t *)(void *)(ring->data + (pos & (ring->size - 1)));
}

unsigned long fake_ring_put(struct fake_ring *ring, const void *data, size_t len, uint32_t flags)
{
	unsigned long pos = *ring->producer;
	uint32_t *header = header_at(ring, pos);

	for (size_t i = 0; i < len; i++)
		ring->data[(pos + BPF_RINGBUF_HDR_SZ + i) & (ring->size - 1)] =
			((const char *)data)[i];
	header[0] = (uint32_t)len | flags;
	header[1] = 0;
	__atomic_store_n(ring->producer, pos + ((len + BPF_RINGBUF_HDR_SZ + 7) & ~7UL),
			 __ATOMIC_RELEASE);
	return pos;
}

void fake_ring_commit(struct fake_ring *ring, unsigned long pos, uint32_t flags)
{
	uint32_t *header = header_at(ring, pos);

	__atomic_store_n(header, (*header & ~BPF_RINGBUF_BUSY_BIT) | flags, __ATOMIC_RELEASE);
}
