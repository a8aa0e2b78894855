// SPDX-License-Identifier: Apache-2.0
#include "export/ratelimit.h"
#include "base/clock.h"
#include "base/macro.h"

#define NSEC_PER_MINUTE (60 * NSEC_PER_SEC)

__extension__ typedef unsigned __int128 u128;

static u128 full(const struct ratelimit *limit)
{
	return limit->per_minute > 0 ? (u128)limit->per_minute * NSEC_PER_MINUTE : 0;
}

void ratelimit_init(struct ratelimit *limit, int64_t per_minute, uint64_t now_ns)
{
	*limit = (struct ratelimit){.per_minute = per_minute, .last_ns = now_ns};
	limit->credit = full(limit);
}

static void refill(struct ratelimit *limit, uint64_t now_ns)
{
	if (now_ns <= limit->last_ns)
		return;
	limit->credit += (u128)(now_ns - limit->last_ns) * (uint64_t)limit->per_minute;
	limit->credit = MIN(limit->credit, full(limit));
	limit->last_ns = now_ns;
}

bool ratelimit_allow(struct ratelimit *limit, uint64_t now_ns)
{
	if (limit->per_minute < 0)
		return true;
	refill(limit, now_ns);
	if (limit->credit < NSEC_PER_MINUTE) {
		limit->refused++;
		return false;
	}
	limit->credit -= NSEC_PER_MINUTE;
	return true;
}

uint64_t ratelimit_take_refused(struct ratelimit *limit)
{
	uint64_t refused = limit->refused;

	limit->refused = 0;
	return refused;
}
