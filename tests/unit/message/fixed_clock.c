// SPDX-License-Identifier: Apache-2.0
#include "fixed_clock.h"

#include <time.h>

struct fixed_clock fixed_clock = {
	.boot = SECONDS(100), .wall = BOOTED + SECONDS(100), .monotonic = SECONDS(90)};

/* The linker sends calls of clock_gettime() here. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	uint64_t ns = clock == CLOCK_REALTIME   ? fixed_clock.wall
		      : clock == CLOCK_BOOTTIME ? fixed_clock.boot
						: fixed_clock.monotonic;

	ret->tv_sec = (time_t)(ns / SECONDS(1));
	ret->tv_nsec = (long)(ns % SECONDS(1));
	return 0;
}
