/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_REACH_H
#define OCELLI_POLICY_REACH_H

#include "policy/diagnostics.h"
#include "policy/model.h"

/* Whom policies kill or deny something: a mistake there costs the machine. */

/* What an action does to who makes the call; in monitor mode, what it would do. */
enum harm {
	HARM_KILLS = 1 << 0,  /* or stops, or else ends it, if it is not prepared for the signal */
	HARM_DENIES = 1 << 1, /* the call */
};

unsigned policy_harm_of(const struct policy_action *action);

/* The first of them that does any harm; NULL: none. */
const struct policy_action *policy_harmful(const struct policy_actions *v);

/*
 * An error that is told where the action is, for what would be done to whom;
 * a warning in monitor mode. None if the policy insists: then, and on errors
 * alone, the caller goes on as if there was nothing. Returns 0 or -EPERM.
 */
int policy_refuse_harm(const struct policy *policy, struct diagnostics *diags,
		       const struct policy_action *action, const char *to, const char *why);

/* Finds killing or denying that is filtered by nothing, for the mode that the policy has now.
 * Returns 0, or -EPERM when that is an error. */
int policy_check_reach(const struct policy *policy, struct diagnostics *diags);

#endif
