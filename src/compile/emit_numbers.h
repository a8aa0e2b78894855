/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EMIT_NUMBERS_H
#define OCELLI_COMPILE_EMIT_NUMBERS_H

#include "code/code.h"
#include "compile/backend.h"
#include "compile/plan.h"

/* Whether all that there is to do when a selector holds is to tell a few numbers that are in
 * registers: then no scratch is needed. */
bool tells_numbers(const struct plan *plan);

/* Does that. The hook's number is in R2, the context in R6, which selector holds at SLOT_SELECTOR
 * in the stack; R0 to R5 are lost. */
void emit_tell_numbers(struct code *code, const struct plan *plan, const struct backend *backend);

#endif
