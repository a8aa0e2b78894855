/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_NOTICES_H
#define OCELLI_COMPILE_NOTICES_H

#include "code/code.h"
#include "compile/plan.h"

/*
 * What selectors tell the policy's enforcers, and what these do. A notice is kept
 * with the thread, in a map of the policy: no other thread can take its room.
 * Which selector holds is at SLOT_SELECTOR; R0 to R5 are lost.
 */

/* The notice that there is, if there is one, is no more. */
void emit_clean(struct code *code, const struct plan *plan);

/*
 * Gives notice. Where there is no memory for it, what cannot be done later is done
 * now: the signal is sent, and for a denial the process is killed, which is
 * counted as failed. @on_return: the call is over, and so is none of the enforcer's.
 */
void emit_notify(struct code *code, const struct plan *plan, const struct hook_notice *notice,
		 bool on_return);

/* Does what the thread's notice says, once. Where the plan denies, R8 has what the call returns. */
void emit_enforcement(struct code *code, const struct plan *plan);

#endif
