/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_TYPING_H
#define OCELLI_POLICY_TYPING_H

#include "policy/builder.h"
#include "policy/policy.h"

/*
 * Hooks whose types somebody knows better than the policy, such as the running
 * kernel: a copy is made, its arguments are given their types, and then the values
 * that selectors compare them with are read as what these types have.
 */
struct typing {
	struct builder builder;
	const struct policy *policy;
	size_t mistakes; /* there were before */
};

struct typing typing_begin(struct arena *arena, const struct policy *policy,
			   struct diagnostics *diags);

/* A copy in the arena, down to what is compared and what is done; NULL: out of memory. */
struct policy_hook *typing_copy(struct typing *typing, const struct policy_hook *from);

/* Whether nothing was diagnosed since it began. */
bool typing_works(const struct typing *typing);

/* Reads the values of all selectors. What they cannot be is diagnosed. */
void typing_read_values(struct typing *typing, struct policy_hook *hook);

/* Of which type the argument is, from now on. */
void typing_set(struct policy_arg *arg, const char *type);

#endif
