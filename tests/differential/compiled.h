/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_COMPILED_H
#define OCELLI_TESTS_DIFFERENTIAL_COMPILED_H

#include "base/arena.h"
#include "compile/plan.h"
#include "policy/policy.h"
#include "sensor/kernel_functions.h"
#include "way.h"

/* A policy with one hook, as far as it is compiled without a program. */
struct compiled {
	struct policies policies;
	struct arena arena;
	struct plan plan;
};

/* @number: of the hook, which no other has. All policies here are good: of one that is not, what is
 * wrong with it is printed. Returns 0 or negative errno. */
int compiled_make(struct compiled *compiled, const struct str *text, const struct way *way,
		  struct kernel_functions *functions, uint32_t number);
void compiled_done(struct compiled *compiled);

#endif
