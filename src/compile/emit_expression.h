/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EMIT_EXPRESSION_H
#define OCELLI_COMPILE_EMIT_EXPRESSION_H

#include "code/code.h"
#include "compile/expression.h"

/* Where the values are. R0 to R5 are lost. */
struct expression_values {
	void *context;
	/* Puts the number that was captured into R1. */
	void (*load)(void *context, size_t capture);
	/* Goes to @yes or to @no. */
	void (*test)(void *context, const struct test *test, struct label yes, struct label no);
};

/* Goes to @yes if it is true, else to @no. Uses the stack from @slot downwards, as far as
 * EXPRESSION_DEPTH says. */
void emit_expression(struct code *code, const struct expression *expression,
		     const struct expression_values *values, int slot, struct label yes,
		     struct label no);

#endif
