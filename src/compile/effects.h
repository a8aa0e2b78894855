/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EFFECTS_H
#define OCELLI_COMPILE_EFFECTS_H

#include "code/code.h"
#include "compile/plan.h"

/*
 * What actions do to processes and calls. It is done where a selector holds, before
 * anything is told: whether there is room to tell of it makes no difference.
 */

/* Does that, and counts it; or in monitor mode only counts. Which selector holds is at
 * SLOT_SELECTOR; R0 to R5 are lost. */
void emit_effects(struct code *code, const struct plan *plan, size_t selector, bool on_return);

/* Whether anything is done to processes or calls. */
bool plan_enforces(const struct plan *plan);

/* Whether there are any. */
bool has_effects(const struct plan_effects *effects);

/* Sends the process that signal, or the one whose number is in R1, and counts whether it could be.
 */
void emit_signal(struct code *code, const struct plan *plan, int number);
void emit_send(struct code *code, const struct plan *plan);

/* Of what was done, for emit_count(). */
size_t count_of_effect(enum hook_effect effect);

/* Whether one of the selectors overrides what the call returns. Then R8 has that, at the end of the
 * program; the first of several plans that overrides it is it. */
bool plan_overrides(const struct plan *plan);

/* Where it cannot be known whether the selectors hold, for a lack of room: what one of them would
 * have it return, so that a denial cannot be got round by that; counted as failed. */
void emit_undecided(struct code *code, const struct plan *plan);

#endif
