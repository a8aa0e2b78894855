/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EVALUATE_H
#define OCELLI_COMPILE_EVALUATE_H

#include "compile/process.h"

/* What was captured, for each of the plan's captures. */
struct value {
	bool fault;   /* it could not be read */
	bool is_word; /* a number of 64 bits that was read: it is in ->string */
	union {
		uint64_t number; /* extended from its bits to 64, by its sign if it has one */
		/* Of what was read all of it, without the NUL at the end of a string. */
		struct bytes string;
	};
};

/* Whether it is true of this value. Not of what compares two. */
bool test_holds(const struct test *test, const struct value *value);

/* The same of any test, with all values of the hook. */
bool test_is_true(const struct test *test, const struct value *values);

/* None of the selectors holds. */
#define NO_SELECTOR (-1)

/*
 * What the compiled plan would do: returns the index of the selector that holds
 * (0 without any), or NO_SELECTOR. Slow and plain: the compiler is tested
 * against it, and policies can be tried on events without a kernel.
 */
int evaluate(const struct plan *plan, const struct value *values, const struct caller *subject);

/* Whether the call that was told of, for that selector, is still told when this is returned. */
bool evaluate_return(const struct plan *plan, int selector, const struct value *returned);

#endif
