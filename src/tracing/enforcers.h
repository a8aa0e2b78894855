/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_ENFORCERS_H
#define OCELLI_TRACING_ENFORCERS_H

#include "tracing/compiler.h"

/*
 * spec.enforcers: on which calls that is done which NotifyEnforcer asks for. A
 * notice is made at the hook, is kept with the thread, and is seen by a program
 * on the call: one that decides what the call returns, if any notice of the policy
 * asks for that, or else one that only looks.
 */

/* What hooks have to know of the policy's enforcers before they are compiled. */
struct enforced {
	bool denies;             /* some of the notices have calls return an error */
	struct plan_calls calls; /* if not: those that are enforced on, by their numbers … */
	const char **names;      /* … and by their names in events, in order */
	size_t n_names;
};

/* *ret is in the arena; NULL: nobody is ever notified. Returns 0, or negative errno with the reason
 * among the findings. */
int enforcers_prepare(const struct compiler *c, const struct enforced **ret);

/* Whether the signal of a notice that is made at the beginning of this call is sent at once. */
bool enforcers_begin_with(const struct enforced *enforced, const char *told);

/* Likewise of a tracepoint: where it says which call that is. */
enum plan_entry enforcers_entry_of(const struct enforced *enforced, const struct policy_hook *hook);

/* The enforcer as a hook, in the arena; NULL: out of memory. */
const struct policy_hook *enforcer_as_hook(const struct compiler *c,
					   const struct policy_enforcer *enforcer);

/* Its places. */
int compile_enforcer(const struct compiler *c, const struct policy_hook *hook);

#endif
