/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_COMPILER_H
#define OCELLI_TRACING_COMPILER_H

/* What the compilers of the kinds of hooks share. */

#include "tracing/points.h"
#include "tracing/resolve.h"

struct enforced;

struct compiler {
	struct policy_points *points;
	const struct policy *policy;
	struct policy_ground *ground;
	struct policy_hook_points *state; /* of the hook */
	struct diagnostics *diags;
	const struct enforced *enforced; /* tracing/enforcers.h; NULL: nobody is notified */
};

/* Each returns 0, or negative errno with the reason among the findings. */
int compile_functions(const struct compiler *c, const struct policy_hook *hook);
int compile_lsm(const struct compiler *c, const struct policy_hook *hook);
int compile_uprobe(const struct compiler *c, const struct policy_hook *hook);
int compile_usdt(const struct compiler *c, const struct policy_hook *hook);

/* Of an enforcer's call, whether it is no system call but a function of the kernel. */
bool enforcer_is_function(const struct policy_text *call);

/*
 * Adds a place of the hook, at @mark in the policy: what @place says of where it
 * is, and one more where its return is seen, if that is told. @facts: the kind of
 * its events, and the names that these have.
 */
int compiler_add(const struct compiler *c, const struct policy_hook *hook, struct mark mark,
		 const struct policy_point *place, struct hook *facts);

/*
 * The same for many functions that share one: what @place names is in the arena, but
 * for their cookies, and its own name is what those behind a number for it are put.
 * Each is told of by its own of @facts.
 */
int compiler_add_many(const struct compiler *c, const struct policy_hook *hook, struct mark mark,
		      const struct policy_point *place, const struct hook *facts, size_t n);

/* The kernel's functions, which are read when they are asked for. @mark: of what does. NULL: the
 * reason was found. */
struct kernel_functions *compiler_functions(const struct compiler *c, struct mark mark);

/* Looking for names takes long. Returns 0, or -ENOSPC with a finding when the policy has had looked
 * for too many. */
int compiler_spend(const struct compiler *c, struct mark mark, size_t names);

/* Has what the hook names by paths found, as policy_resolve(), before indexes of arguments become
 * places. @mark: of what is hooked. */
int compiler_resolve(const struct compiler *c, const struct resolve_site *site, struct mark mark,
		     const struct policy_hook **hook);

/* In the arena; NULL: out of memory. */
const char *compiler_format(const struct compiler *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
