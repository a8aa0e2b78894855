/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_RESOLVE_H
#define OCELLI_TRACING_RESOLVE_H

#include "policy/policy.h"
#include "sensor/kernel_types.h"

/* Whose arguments they are: one of these is NULL, both where the kernel's types say nothing. */
struct resolve_site {
	const char *function;
	const char *tracepoint; /* a raw one */
};

/* Whether something of the hook is to be found by a path. */
bool policy_resolves(const struct policy_hook *hook);

/*
 * Finds what "resolve" and "btfType" name in the types of the running kernel:
 * puts into *hook, in @arena, a copy in which those arguments have their path,
 * and the type that is at its end. What cannot be is diagnosed. Returns 0 or
 * negative errno.
 */
int policy_resolve(struct kernel_functions *functions, const struct resolve_site *site,
		   struct arena *arena, const struct policy *policy, struct diagnostics *diags,
		   const struct policy_hook **hook);

#endif
