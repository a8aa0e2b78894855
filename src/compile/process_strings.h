/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_PROCESS_STRINGS_H
#define OCELLI_COMPILE_PROCESS_STRINGS_H

#include "compile/verdicts.h"

/*
 * Tests of the arguments and of the environment of a process: each is true as
 * soon as it is of one string. They are made where verdicts are, string by
 * string, by a function that the library calls (bpf/hook_strings.bpf.h).
 */

struct planner;

/* Return how many tests it makes: what is negated holds only if all strings are known. */
size_t plan_argument(struct planner *p, const struct policy_string_match *match,
		     struct process_test *ret);
size_t plan_variable(struct planner *p, const struct policy_string_match *match,
		     struct process_test *ret);

/* Which strings the tests look at: HOOK_ARGUMENTS, HOOK_ENVIRONMENT. */
unsigned strings_wanted(const struct verdicts *verdicts);

/* Appends the function, if there are any such tests. */
void emit_classify_string(struct code *code, const struct verdicts *verdicts);

/* Has all strings of the current process looked at. The scratch is in R7; R8 is lost. */
void emit_learn_strings(struct code *code, const struct verdicts *verdicts);

/* What the evaluator says of them. */
bool strings_hold(const struct process_test *t, const struct caller *subject);

#endif
