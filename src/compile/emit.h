/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EMIT_H
#define OCELLI_COMPILE_EMIT_H

#include "code/code.h"
#include "compile/backend.h"
#include "compile/plan.h"
#include "compile/verdicts.h"

/*
 * Appends code that does what the plan says with one call of what is hooked, and
 * then goes on behind it; where returns are seen, with the return of what the
 * plan has told of. The context is in R6, and stays there. Returns 0; -E2BIG when
 * more values are tested than there is room for (HOOK_STRINGS).
 */
int emit_plan(struct code *code, const struct plan *plan, const struct backend *backend);

/*
 * The same where calls of two tables come by, 64-bit programs' and 32-bit ones', and
 * the plan is for that of its backend. R8 has which table the call is of, or
 * TABLE_UNKNOWN: most calls match nothing, so it is only asked for, and kept there,
 * when the rest of a selector holds.
 */
int emit_plan_of_table(struct code *code, const struct plan *plan, const struct backend *backend);

#define TABLE_UNKNOWN 2

/* Puts into R8 whether the call is of 32-bit programs. */
void emit_table(struct code *code);

/* When a program makes a test of a call: the earlier, the less a call costs that it is not true of.
 */
enum test_stage {
	TEST_AT_ONCE,   /* of what is in registers, before anything is read */
	TEST_ON_STACK,  /* of a number, or how a string begins, before a scratch is taken */
	TEST_WHEN_READ, /* of the whole value */
};

/* When emit_plan() has that test of one of its selectors made, at first. */
enum test_stage emit_stage(const struct plan *plan, const struct test *test);

/* Appends a function of that name, which has one plan after the other. */
int emit_function(struct code *code, const char *name, const struct plan *const *plans, size_t n,
		  const struct backend *backend);

/*
 * Writes a program that does what all @plans say, one after the other, whenever
 * it is run. @verdicts are of these and all other programs'. @code is empty before and finished
 * after. Returns 0, or an error of emit_plan() or code_finish().
 */
int emit_program(struct code *code, const struct plan *const *plans, size_t n,
		 const struct backend *backend, const struct verdicts *verdicts);

#endif
