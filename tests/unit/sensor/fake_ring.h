/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_SENSOR_FAKE_RING_H
#define OCELLI_TESTS_UNIT_SENSOR_FAKE_RING_H

#include <stddef.h>
#include <stdint.h>

/*
 * A file in memory that looks to a reader like a BPF ring buffer map
 * (kernel/bpf/ringbuf.c): a page with the reader's position, one with the
 * writer's, and the data, of which each record has a header of 8 bytes.
 */
struct fake_ring {
	int fd;
	size_t size;
	size_t mapped;
	unsigned long *consumer;
	unsigned long *producer;
	char *data;
};

void fake_ring_open(struct fake_ring *ring, size_t size);
void fake_ring_close(struct fake_ring *ring);

/* Writes a record as the kernel side would. @flags: BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT.
 * Returns where it is. Nobody looks whether there is room. */
unsigned long fake_ring_put(struct fake_ring *ring, const void *data, size_t len, uint32_t flags);

/* Ends the writing of a record that was busy. */
void fake_ring_commit(struct fake_ring *ring, unsigned long pos, uint32_t flags);

#endif
