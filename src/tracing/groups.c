// SPDX-License-Identifier: Apache-2.0
#include "tracing/groups.h"
#include "abi/hook.h"
#include "base/cleanup.h"
#include "compile/emit.h"
#include "compile/syscalls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_place(const struct policy_point *x, const struct policy_point *y)
{
	return hook_place_compare(&x->place, &y->place);
}

/* What is called last returns first: so the kernel side knows calls that nobody saw return. */
static int by_place_and_call(const void *a, const void *b)
{
	const struct policy_point *x = *(const struct policy_point *const *)a;
	const struct policy_point *y = *(const struct policy_point *const *)b;
	int r = by_place(x, y), later = x->backend->on_return ? -1 : 1;

	if (r)
		return r;
	if (x->syscall != y->syscall)
		return x->syscall < y->syscall ? -1 : 1;
	return x->plan.hook > y->plan.hook ? later : x->plan.hook < y->plan.hook ? -later : 0;
}

const struct policy_point **groups_sort(const struct policy_point *const *points, size_t n)
{
	const struct policy_point **sorted = calloc(n + 1, sizeof(*sorted));

	if (sorted && n)
		memcpy(sorted, points, n * sizeof(*sorted));
	if (sorted)
		qsort(sorted, n, sizeof(*sorted), by_place_and_call);
	return sorted;
}

struct group groups_at(const struct policy_point *const *sorted, size_t i, size_t n,
		       const struct verdicts *verdicts)
{
	struct group group = {&sorted[i], 1, verdicts};

	while (i + group.n < n && by_place(sorted[i], sorted[i + group.n]) == 0)
		group.n++;
	return group;
}

static int emit_calls(struct code *code, const struct group *group)
{
	_cleanup_free_ struct syscall_plan *plans = calloc(group->n, sizeof(*plans));

	if (!plans)
		return -ENOMEM;
	for (size_t i = 0; i < group->n; i++)
		plans[i] = (struct syscall_plan){group->v[i]->syscall, group->v[i]->backend,
						 &group->v[i]->plan};
	return emit_syscalls(code, plans, group->n, group->verdicts);
}

static int emit_each(struct code *code, const struct group *group)
{
	_cleanup_free_ const struct plan **plans = calloc(group->n, sizeof(*plans));

	if (!plans)
		return -ENOMEM;
	for (size_t i = 0; i < group->n; i++)
		plans[i] = &group->v[i]->plan;
	return emit_program(code, plans, group->n, group->v[0]->backend, group->verdicts);
}

/*
 * The kernel moves all that is behind for some instructions of each hook and
 * selector (kernel/bpf/core.c: bpf_patch_insn_single()), so that verifying a
 * program takes as long as one times the other: at some 7 ns each, seven seconds.
 */
#define STEPS_MAX (1UL << 30)

static int check_steps(const struct group *group, const struct code *code, struct error **reterr)
{
	size_t n = group->n;

	for (size_t i = 0; i < group->n; i++)
		n += group->v[i]->plan.n_selectors;
	if (n * code->n <= STEPS_MAX)
		return 0;
	error_set(reterr, -E2BIG,
		  "there are %zu hooks and selectors at %s then, in %zu instructions; one times "
		  "the other can be %lu",
		  n, group->v[0]->place.name, code->n, STEPS_MAX);
	error_remedy(reterr, "put values that selectors differ by on one list of values");
	return -E2BIG;
}

int group_emit(const struct group *group, struct code *code, struct error **reterr)
{
	int r = group->v[0]->place.kind == HOOK_POINT_TYPED_TRACEPOINT ? emit_calls(code, group)
								       : emit_each(code, group);

	if (r == -E2BIG)
		return error_set(reterr, r,
				 "a hook's filters look at more than %d values, besides numbers",
				 HOOK_STRINGS);
	if (r == -EOVERFLOW)
		return error_set(reterr, r, "a program at %s takes more than %d instructions",
				 group->v[0]->place.name, CODE_MAX);
	return r < 0 ? error_set(reterr, r, "cannot be compiled: %s", strerror(-r))
		     : check_steps(group, code, reterr);
}
