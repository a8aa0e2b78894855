/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_PLANNER_H
#define OCELLI_COMPILE_PLANNER_H

/* What the parts of making a plan share. */

#include "base/error.h"
#include "base/macro.h"
#include "compile/plan.h"

#include <string.h>

struct planner {
	const struct policy_hook *hook;
	const struct plan_facts *facts;
	struct arena *arena;
	struct diagnostics *diags;
	const struct capture *captures;
	const struct capture *returned;
	unsigned kept; /* of HOOK_KEPT */
	bool refused;
};

/* Cleared, in the arena, also of nothing; NULL when out of memory, which the arena remembers. */
static inline void *take(struct planner *p, size_t n, size_t size)
{
	void *v = arena_alloc(p->arena, MAX(n, 1) * size);

	if (v)
		memset(v, 0, n * size);
	return v;
}

#define TAKE(p, n, type) ((type *)take((p), (n), sizeof(type)))

static inline void refuse(struct planner *p, struct mark mark, const char *what)
{
	struct finding *f = diagnose_error(p->diags, mark, "%s cannot be compiled yet", what);

	finding_remedy(f, "leave it out");
	p->refused = true;
}

/* What all arguments and data of the hook are captured as, one after the other. */
void plan_captures(struct planner *p, struct capture *captures);

/* Says what is wrong with the value of a CelExpr, by the place in it. */
void expression_diagnose(struct diagnostics *diags, const struct policy_value *value,
			 const struct error *err);

/* In order, and none touches the next. Returns how many are left. */
size_t merge_ranges(struct range *v, size_t n, bool is_signed);

#endif
