/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_LOADS_BUFFERS_H
#define OCELLI_SENSOR_LOADS_BUFFERS_H

/* The buffers that the kernel writes of mappings into, one for each CPU; of sensor/loads.h alone.
 */

#include "abi/record.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A record has a path, and some hundred bytes (kernel/events/core.c: perf_event_mmap_event()). */
#define LOADS_RECORD_MAX 8192
#define LOADS_CPUS_MAX 1024

struct load_buffer {
	int cpu;
	bool offline; /* since it was made: it is of no more use */
	int fd;
	struct perf_event_mmap_page *page;
	const char *data;
	uint64_t at;     /* of the next that matters; at the end there is none … */
	uint64_t time;   /* … and this is its time */
	uint64_t passed; /* those before are older than all that comes */
	uint64_t end;    /* of what was collected */
	uint64_t lost;   /* by the records that say so */
};

struct loads {
	struct load_buffer *v;
	size_t n, size; /* of each, in bytes */
	int cpus_possible;
	size_t page;
	bool counts_lost;
	uint64_t first;            /* time of the earliest that was collected; UINT64_MAX: none */
	uint64_t lost;             /* of buffers that are no more */
	int online;                /* the kernel's list of CPUs … */
	char cpus[LOADS_CPUS_MAX]; /* … and what it said last */
	/* A copy of what goes round the end of a buffer, and what is made of it. */
	uint64_t bounce[LOADS_RECORD_MAX / 8],
		made[(sizeof(struct record_load) + LOADS_RECORD_MAX) / 8];
};

#endif
