/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EMIT_H
#define OCELLI_COMPILE_EMIT_H

#include "code/code.h"
#include "compile/plan.h"

/* What differs between the kinds of hooks. The context of the program is in R6. */
struct backend {
	/* Puts an argument of the call into @reg. */
	void (*load)(struct code *code, int reg, unsigned place);
	unsigned places; /* how many there are */
};

/*
 * Appends a function of the plan's name that does what the plan says with one
 * call of what is hooked. Returns 0; -E2BIG when more strings are tested than
 * there is room for (HOOK_STRINGS).
 */
int emit_plan(struct code *code, const struct plan *plan, const struct backend *backend);

#endif
