/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_KERNEL_H
#define OCELLI_TESTS_DIFFERENTIAL_KERNEL_H

#include "base/error.h"
#include "compile/plan.h"
#include "way.h"

/* The running kernel, with a program of ours. */
struct kernel;

int kernel_new(const struct way *way, struct kernel **ret, struct error **reterr);
void kernel_free(struct kernel **kernel);

/* In place of the one before. */
int kernel_set(struct kernel *kernel, const struct plan *plan, struct error **reterr);

/* Makes the call. Returns what was told of it, until the next one; NULL: nothing. */
const struct record_hook *kernel_call(struct kernel *kernel, const uint64_t *args);

/* Has it return; only what is run by hand returns what one likes. Returns what was told of that,
 * until the next call; NULL: nothing. */
const struct record_hook *kernel_return(struct kernel *kernel, uint64_t returned);

#endif
