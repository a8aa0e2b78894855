/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_GROUPS_H
#define OCELLI_TRACING_GROUPS_H

#include "code/code.h"
#include "compile/verdicts.h"
#include "tracing/points.h"

/* Points of one place, of all policies: what one program is for. */
struct group {
	const struct policy_point *const *v;
	size_t n; /* never 0 */
	const struct verdicts *verdicts;
};

/* A copy of @points in the order of groups, the caller's; NULL: out of memory. */
const struct policy_point **groups_sort(const struct policy_point *const *points, size_t n);

/* Of @n sorted points, those of the same place from the @i-th on. */
struct group groups_at(const struct policy_point *const *sorted, size_t i, size_t n,
		       const struct verdicts *verdicts);

/* Writes the program. @code is empty before and finished after. Returns 0, or the reason in
 * *reterr. */
int group_emit(const struct group *group, struct code *code, struct error **reterr);

#endif
