/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_HOOK_STATUS_H
#define OCELLI_TRACING_HOOK_STATUS_H

#include "base/str.h"
#include "tracing/points.h"

/* What became of a hook of a policy, with the numbers of the schema's HookState. */
enum hook_state {
	HOOK_STATE_UNSPECIFIED, /* it is not loaded: it, or another of the policy, cannot be */
	HOOK_STATE_LOADED,
	/* ignore.digestVerificationFailure: a file, or one of them, is not that which it is for. */
	HOOK_STATE_DIGEST_REJECTED,
	/* ignore.callNotFound: nothing of what it names is in this kernel, or only a part of it. */
	HOOK_STATE_CALL_NOT_FOUND,
	HOOK_STATE_PARTIAL_CALL_NOT_FOUND,
	_HOOK_STATE_MAX,
};

/* "loaded", "call_not_found" … */
const char *hook_state_name(enum hook_state state);

/* That of the hook points->hooks[of], if the policy is loaded. */
enum hook_state hook_state_of(const struct policy_points *points, size_t of);

/* Appends what is hooked, as the policy says it: "sys_openat", "list:calls", "sched/sched_switch".
 */
void hook_describe(const struct policy_hook *hook, struct str *out);

#endif
