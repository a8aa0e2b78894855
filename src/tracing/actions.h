/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_ACTIONS_H
#define OCELLI_TRACING_ACTIONS_H

#include "base/arena.h"
#include "core/hook.h"
#include "policy/policy.h"

/* What the agent has to do with the actions of policies. */

/*
 * Gets ready what the policy's actions need: libcurl, a map of sockets' owners,
 * whose descriptor *owners then is, the caller's; owners NULL: it is not made.
 * What cannot be had is found and told. Returns 0 or negative errno.
 */
int policy_actions_prepare(const struct policy *policy, struct diagnostics *diags, int *owners);

/* Fills in the selectors of @ret: what is told of their actions, and what the agent does itself.
 * They are in the arena, and texts in the policy. Returns 0 or -ENOMEM. */
int policy_actions_of(const struct policy_hook *hook, struct arena *arena, struct hook *ret);

#endif
