/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_SPOTS_H
#define OCELLI_TRACING_SPOTS_H

#include "tracing/compiler.h"

/* Where something of a list is to be hooked. */
struct spot {
	struct hook_place place;
	const struct backend *backend;
	const struct policy_hook *hook;
	const char *told;
	struct mark mark;
	uint32_t syscall;
	enum plan_entry entry;
	bool shared; /* one program is for all functions with this backend */
};

struct spots {
	struct spot *v;
	size_t n, cap;
};

/* Keeps a copy. Returns 0 or -ENOMEM. */
int spots_add(struct spots *spots, const struct spot *spot);

/* Adds each once to the places of the policy, whatever names of it are on the list of @hook.
 * Returns 0, or negative errno with the reason among the findings. */
int spots_compile(struct spots *spots, const struct compiler *c, const struct policy_hook *hook);

#endif
