/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_RING_H
#define OCELLI_SENSOR_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reader of a BPF ring buffer. libbpf's own maps the data twice, to see records
 * that wrap round as one piece; that counts twice in our resident memory. This
 * one maps it once and copies the rare record that wraps.
 */
struct ring;

/* @record: the bytes that the program wrote, 8-byte aligned, valid during the call. */
typedef void (*ring_fn)(void *userdata, const void *record, size_t len);

/* @size: of the ring in bytes; @record_max: of the longest record. The ring keeps @map_fd only
 * borrowed. Returns 0 or negative errno. */
int ring_new(int map_fd, size_t size, size_t record_max, struct ring **ret);
void ring_free(struct ring **ring);

/* Calls @fn for each complete record, up to @max of them, that begins before @end (as of
 * ring_written(); RING_ALL: whatever comes). Returns their number. */
#define RING_ALL (~0UL)
size_t ring_drain(struct ring *ring, size_t max, unsigned long end, ring_fn fn, void *userdata);

/* Whether a record is in the ring, complete or still being written. */
bool ring_pending(const struct ring *ring);

/* How far the programs have come and how far the reader, in bytes since the ring was made. */
unsigned long ring_written(const struct ring *ring);
unsigned long ring_read(const struct ring *ring);

#endif
