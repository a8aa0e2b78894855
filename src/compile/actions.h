/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_ACTIONS_H
#define OCELLI_COMPILE_ACTIONS_H

#include "code/code.h"
#include "compile/plan.h"

#include <stddef.h>

/* What is done when a selector holds: matchActions, matchReturnActions. */

struct planner;

/* What cannot be compiled is refused. */
struct plan_actions plan_actions(struct planner *p, const struct policy_actions *from);

/* Those of a selector when what is hooked is called, or when it returns; without selectors, all is
 * posted. */
const struct plan_actions *actions_of(const struct plan *plan, size_t selector, bool on_return);

/*
 * The rest is code. The context is in R6, the scratch, where there is one, in R7,
 * and which selector holds at SLOT_SELECTOR in the stack; R0 to R5 are lost.
 */

/* Adds to one of struct hook_counts, by its offset. */
void emit_count(struct code *code, const struct plan *plan, size_t member, int32_t add);

/* Goes to @limited when what was put into the record is not to be told again yet. Returns whether
 * that can be. */
bool emit_limits(struct code *code, const struct plan *plan, bool on_return, struct label limited);

/* Puts the stacks that the selector asks for behind the values. */
void emit_stacks(struct code *code, const struct plan *plan, bool on_return);

#endif
