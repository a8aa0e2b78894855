/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_COUNTERS_H
#define OCELLI_SENSOR_COUNTERS_H

#include "abi/hook.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What programs of policies count: struct hook_counts, in maps of so many that
 * there are seldom more than one. They come as they are asked for, so there is no
 * limit to them.
 */
struct counters;

/* Some of them, one after the other, in each row. */
struct counter_range {
	int map;                         /* the descriptor stays that of the counters */
	uint32_t rows, stride, first, n; /* in bytes, but for ->rows and ->n */
	const char *values;
};

int counters_new(struct counters **ret);
void counters_free(struct counters **counters);

/* Takes @n that are 0. Returns 0; -ENOMEM, or what the kernel says. */
int counters_take(struct counters *counters, uint32_t n, struct counter_range *ret);

/* Gives them back. Programs that still have them go on to count for nobody. */
void counters_drop(struct counters *counters, const struct counter_range *range);

/* The sum of all rows of the range's @i-th. */
struct hook_counts counters_read(const struct counter_range *range, uint32_t i);

/* A map from addresses of sockets to who has them: struct hook_owner, of HOOK_SOCKETS that were
 * used last. Returns its descriptor, the caller's, or what the kernel says. */
int owners_new(void);

/* Bytes of kernel memory. */
uint64_t counters_memory(const struct counter_range *range);
uint64_t owners_memory(int owners);

/* Adds one to the other. */
void counts_add(struct hook_counts *to, const struct hook_counts *more);

#endif
