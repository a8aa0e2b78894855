/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_ACTION_H
#define OCELLI_POLICY_ACTION_H

#include "policy/arg_type.h"

/* In the order of the schema; the numbers of events are in struct action. */
enum action_kind {
	ACTION_POST,
	ACTION_SIGKILL,
	ACTION_OVERRIDE,
	ACTION_GET_URL,
	ACTION_DNS_LOOKUP,
	ACTION_NO_POST,
	ACTION_SIGNAL,
	ACTION_TRACK_SOCK,
	ACTION_UNTRACK_SOCK,
	ACTION_NOTIFY_ENFORCER,
	ACTION_CLEANUP_ENFORCER,
	ACTION_SET,
};

enum action_arg {
	ACTION_ARG_ERROR,
	ACTION_ARG_SIG,
	ACTION_ARG_SOCK,
	ACTION_ARG_INDEX,
	ACTION_ARG_VALUE,
	ACTION_ARG_NEW_ADDR,
	ACTION_ARG_NEW_OFFSET,
	ACTION_ARG_NEW_SYMBOL,
	ACTION_ARG_REGS,
	ACTION_ARG_URL,
	ACTION_ARG_FQDN,
	ACTION_ARG_RATE_LIMIT,
	ACTION_ARG_RATE_LIMIT_SCOPE,
	ACTION_ARG_RATE_LIMIT_FIELDS,
	ACTION_ARG_KERNEL_STACK,
	ACTION_ARG_USER_STACK,
	ACTION_ARG_IMA_HASH,
	ACTION_ARGS,
};

#define ACTION_ARG_BIT(arg) (1U << (arg))

struct action {
	const char *name;
	unsigned number;     /* what the kernel side and events call it */
	unsigned args;       /* of ACTION_ARG_BIT(): those it takes */
	unsigned required;   /* of these */
	unsigned hooks;      /* of HOOK_BIT() */
	const char *instead; /* what to write on others; NULL: one of those that they have */
	bool enforces;       /* changes what happens, rather than tell of it */
};

/* Whether something that the policy may do changes what happens. */
bool policy_enforces(const struct policy *policy);

/* The first action of the hook that has calls return something else, and does not only count it;
 * NULL: none. */
const struct policy_action *policy_override_of(const struct policy_hook *hook);

/* Whether events of such hooks have a place for stacks, of the kernel or of the process. */
bool policy_tells_stack(enum hook_kind kind, bool of_process);

/* Of an Override in a program: whether the function returns at once, and is not only called with
 * something else. */
bool policy_returns_early(const struct policy_action *action);

/* Has it do so, or only count it, whatever its text says, or with POLICY_MODE_UNSAID what that
 * says; for what is compiled of it from now on. */
void policy_change_mode(struct policy *policy, enum policy_mode mode);

/* NULL after the last. */
const struct action *action_at(size_t i);

/* What an argument is called. */
const char *action_arg_name(enum action_arg arg);

/* Where it was written. */
struct mark action_arg_mark(const struct policy_action *action, enum action_arg arg);

extern const struct vocabulary actions;

#endif
