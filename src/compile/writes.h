/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_WRITES_H
#define OCELLI_COMPILE_WRITES_H

#include "code/code.h"
#include "compile/backend.h"
#include "compile/plan.h"

/*
 * What selectors change of a process, in its registers or its memory: at the end
 * of the program, so that what is told is what was there. Of several selectors that
 * hold, of several policies, the first that changes something is the one that does.
 */

struct planner;

/* Adds what the action changes to those of the selector, of which there is room for
 * PLAN_WRITES_MAX. What cannot be is refused. */
void plan_write(struct planner *p, const struct policy_action *action, struct plan_write *writes,
		size_t *n);

/* Whether one of the selectors changes anything. Then R8 is 0 at the beginning of the program. */
bool plan_writes(const struct plan *plan);

/* Where the selector holds. */
void emit_choose(struct code *code, const struct plan *plan, size_t selector);

/* At the end, for all plans of the program; R0 to R5 are lost. */
void emit_writes(struct code *code, const struct plan *const *plans, size_t n,
		 const struct backend *backend);

#endif
