/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EMIT_TEST_H
#define OCELLI_COMPILE_EMIT_TEST_H

#include "code/code.h"
#include "compile/plan.h"

/* As code_jump_if(), for all numbers; R2 is lost. */
void emit_jump_if(struct code *code, int op, int reg, uint64_t v, struct label label);

/* Each continues at @yes or at @no, with nothing in R1 to R5 any more. */

/* The number is in R1, extended to 64 bits. */
void emit_number_test(struct code *code, const struct test *test, struct label yes,
		      struct label no);

/* What was read is at @offset from R7, unsigned. */
void emit_load_field(struct code *code, int reg, int offset, unsigned bits);

/* The new number is in R1, the old in R2. */
void emit_gained(struct code *code, struct label yes, struct label no);

/* The address is at @offset from R7, its family at @family. */
void emit_network_test(struct code *code, const struct test *test, int offset, int family,
		       struct label yes, struct label no);

/* The string is at @offset from R7, its length in the stack at @len_slot. */
void emit_find(struct code *code, const struct test *test, int offset, int len_slot,
	       struct label yes, struct label no);
void emit_string_test(struct code *code, const struct test *test, int offset, int len_slot,
		      struct label yes, struct label no);

/*
 * The first @room bytes of the string are at @offset from FP. Goes to @no if the
 * test of the whole would, as far as they tell; else on.
 */
#define GLANCE 64
bool can_glance(const struct test *test);
void emit_glance(struct code *code, const struct test *test, int offset, size_t room,
		 struct label no);

#endif
