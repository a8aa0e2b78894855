/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_LIMITS_H
#define OCELLI_COMPILE_LIMITS_H

#include "code/code.h"
#include "compile/plan.h"

/* How often the same is told, and what that is. */

struct planner;

/* Of a Post that has a rate limit. What cannot be compiled is refused. */
struct plan_limit plan_limit(struct planner *p, const struct policy_action *action, bool on_return);

/* Goes to @limited when what was put into the record is not to be told again yet. Returns whether
 * that can be. The scratch is in R7, and which selector holds at SLOT_SELECTOR; R0 to R5 are lost.
 */
bool emit_limits(struct code *code, const struct plan *plan, bool on_return, struct label limited);

#endif
