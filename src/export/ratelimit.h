/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_RATELIMIT_H
#define OCELLI_EXPORT_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* A token bucket of N events a minute with a burst of N, counting what it refuses. */
struct ratelimit {
	int64_t per_minute; /* < 0: unlimited; 0: nothing passes */

	/* Grows by per_minute each nanosecond, and an event takes a minute's worth of
	 * nanoseconds from it: whole numbers only, so nothing drifts. */
	__extension__ unsigned __int128 credit;
	uint64_t last_ns;
	uint64_t refused; /* since the last ratelimit_take_refused() */
};

/* Begins with a full bucket. */
void ratelimit_init(struct ratelimit *limit, int64_t per_minute, uint64_t now_ns);

/* Returns whether one more event may pass at @now_ns (monotonic). */
bool ratelimit_allow(struct ratelimit *limit, uint64_t now_ns);

/* Returns the number refused since the last call and starts anew. */
uint64_t ratelimit_take_refused(struct ratelimit *limit);

#endif
