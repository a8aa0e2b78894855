/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPLAIN_COST_H
#define OCELLI_EXPLAIN_COST_H

#include "compile/backend.h"
#include "compile/plan.h"

/*
 * What a plan is estimated to cost for each call, in nanoseconds more than an
 * empty program at the same place: what was measured of its parts, added up.
 */
struct cost {
	unsigned miss;      /* a call that the first test of each selector is not true of … */
	unsigned miss_most; /* … and one that only the last is not true of */
	unsigned hit;       /* one that is told, or what else is done with it */
};

/* What the figures were measured on, and where they are from. */
#define COST_MACHINE "Linux 6.18, x86-64; docs/performance.md and docs/policies.md"

struct cost cost_of(const struct plan *plan, const struct backend *backend);

#endif
