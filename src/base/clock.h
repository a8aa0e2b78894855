/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_CLOCK_H
#define OCELLI_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL

/* Nanoseconds of @clock (CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME …). */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

#endif
