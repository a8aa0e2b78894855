/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_RESOLVE_H
#define OCELLI_TRACING_RESOLVE_H

#include "policy/policy.h"
#include "sensor/kernel_types.h"

struct btf;

/* Whose arguments they are: all but one of these are NULL, and all where no types say anything. */
struct resolve_site {
	const char *function;
	const char *tracepoint;  /* a raw one */
	const struct btf *types; /* of a program: arguments are of these, by btfType */
};

/* Whether something of the hook is to be found by a path. */
bool policy_resolves(const struct policy_hook *hook);

/* Whether that takes the types of the kernel. */
bool policy_resolves_in_kernel(const struct policy_hook *hook, const struct resolve_site *site);

/*
 * Finds what "resolve" and "btfType" name in the types of the running kernel, or of
 * a program: puts into *hook, in @arena, a copy in which those arguments have their
 * path, and the type that is at its end. What cannot be is diagnosed. @functions may
 * be NULL where the kernel's are not needed. Returns 0 or negative errno.
 */
int policy_resolve(struct kernel_functions *functions, const struct resolve_site *site,
		   struct arena *arena, const struct policy *policy, struct diagnostics *diags,
		   const struct policy_hook **hook);

#endif
