/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_ACTIONS_H
#define OCELLI_COMPILE_ACTIONS_H

#include "code/code.h"
#include "compile/backend.h"
#include "compile/plan.h"

#include <stddef.h>

/* What is done when a selector holds: matchActions, matchReturnActions. */

struct planner;

/* What cannot be compiled is refused. */
struct plan_actions plan_actions(struct planner *p, const struct policy_actions *from,
				 bool on_return);

/* Those of a selector when what is hooked is called, or when it returns; without selectors, all is
 * posted. */
const struct plan_actions *actions_of(const struct plan *plan, size_t selector, bool on_return);

/*
 * The rest is code. The context is in R6, the scratch, where there is one, in R7,
 * and which selector holds at SLOT_SELECTOR in the stack; R0 to R5 are lost.
 */

/* Whether there is something to do with what is captured, also without a post. */
bool has_to_act(const struct plan *plan, size_t selector);

/* Adds to one of struct hook_counts, by its offset. */
void emit_count(struct code *code, const struct plan *plan, size_t member, int32_t add);

/* Has what is to be done when the call returns be done, when the call itself is not told of. */
void emit_awaits(struct code *code, const struct plan *plan);

/* After a function that tells: counts what the ring had no room for. Limits forget it, and its
 * return is awaited. */
void emit_lost(struct code *code, const struct plan *plan);

/* Whether the selector has something to do when the call returns, also of what is not told. */
bool awaits_return(const struct plan *plan, size_t selector);
bool any_awaits_return(const struct plan *plan);

/* Of a capture that was read into that slot: does what is to be done with a socket, and tells of
 * who is known to have it instead of who makes the call. */
void emit_socket(struct code *code, const struct plan *plan, size_t capture, int place);

/* The same of what is returned, which @backend has. */
void emit_returned_socket(struct code *code, const struct plan *plan,
			  const struct backend *backend);

/* What is to be done for selectors that post nothing, and then goes to @leave. */
void emit_unposted(struct code *code, const struct plan *plan, struct label leave);

/* Puts the hash of the file behind them, if the selector asks for it. */
void emit_hash(struct code *code, const struct plan *plan);

/* Puts the stacks that the selector asks for behind the values. */
void emit_stacks(struct code *code, const struct plan *plan, bool on_return);

#endif
