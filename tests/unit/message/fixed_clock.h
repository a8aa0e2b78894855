/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_MESSAGE_FIXED_CLOCK_H
#define OCELLI_TESTS_UNIT_MESSAGE_FIXED_CLOCK_H

#include <stdint.h>

/*
 * What the clocks of the code under test say, for tests linked with the wrapped
 * clock_gettime() (see meson.build). They stand still unless somebody sets them.
 */
struct fixed_clock {
	uint64_t boot, wall, monotonic; /* ns */
};

extern struct fixed_clock fixed_clock;

/* The machine was booted on 2026-11-18 at 11:06:40 UTC. */
#define BOOTED 1795000000000000000ULL

#define SECONDS(n) ((n) * 1000000000ULL)

#endif
