/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_PROTOTYPE_H
#define OCELLI_TRACING_PROTOTYPE_H

#include "policy/policy.h"
#include "sensor/kernel_functions.h"

/*
 * Of a hook whose program gets the arguments of a function with their types: puts
 * into *hook, in @arena, a copy in which each index is the place of the argument
 * (compile/backend.h), and that of what is returned. An index that the function
 * does not have is found. Returns 0 or negative errno.
 */
int policy_prototype_resolve(const struct kernel_function *function, struct arena *arena,
			     struct diagnostics *diags, const struct policy_hook **hook);

/* Warns of arguments of the hook that the function has of other types. */
void policy_prototype_compare(const struct kernel_function *function, struct diagnostics *diags,
			      const struct policy_hook *hook);

#endif
