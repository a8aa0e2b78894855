/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_CEL_H
#define OCELLI_CEL_CEL_H

#include "base/error.h"
#include "cel/env.h"
#include "cel/value.h"

/*
 * Google's Common Expression Language over protobuf messages; docs/cel.md says
 * what of it there is and where it differs from cel-go. An expression is
 * compiled once, type-checked, and evaluated as often as need be, in bounded
 * time and memory (limit.h).
 */
struct cel_program;

/*
 * @env must be there as long as the program. Returns 0; -EINVAL for what is no
 * expression or does not fit the types; -ERANGE for a number out of range;
 * -E2BIG beyond a limit; -ENOMEM. Errors say where in @text, as the file
 * "expression" with line and column.
 */
int cel_compile(const char *text, const struct cel_env *env, struct cel_program **ret,
		struct error **reterr);

void cel_program_free(struct cel_program **program);

/* What it evaluates to. */
const struct cel_type *cel_program_type(const struct cel_program *program);

/* The variables it mentions, a bit each by their numbers in the environment. */
uint64_t cel_program_mentions(const struct cel_program *program);

/* The variables' values, and memory that evaluations use again and again. One thread at a time;
 * programs may be shared. */
struct cel_activation;

int cel_activation_new(const struct cel_env *env, struct cel_activation **ret);
void cel_activation_free(struct cel_activation **activation);

/* Gives a variable its value, by its number in the environment. The value is borrowed until it gets
 * another; one of another type than the variable's makes for errors, no more. */
void cel_activation_set(struct cel_activation *activation, unsigned variable,
			struct cel_value value);

/* Leaves all variables without value, which they are at first: mentioning one then is an error. */
void cel_activation_clear(struct cel_activation *activation);

/* What evaluations from now on may take; at first, and at most, it is CEL_STEPS_MAX. */
void cel_activation_allow(struct cel_activation *activation, uint64_t steps);

/* How many of these the last one has left. */
uint64_t cel_activation_left(const struct cel_activation *activation);

/*
 * Evaluates. *ret is borrowed from the program, the variables' values and the
 * activation, and good until its next evaluation.
 *
 * Returns 0; -EDOM when there is no value, with the reason and the place; -E2BIG
 * when it takes too many steps or too much memory; -ENOMEM. Without @reterr, a
 * failure costs next to nothing.
 */
int cel_eval(const struct cel_program *program, struct cel_activation *activation,
	     struct cel_value *ret, struct error **reterr);

#endif
