/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_POLICY_TRIAL_H
#define OCELLI_CLI_POLICY_TRIAL_H

#include "cli/remote.h"
#include "policy/cases.h"

/* What became of a case. */
struct trial_result {
	uint64_t events; /* that the policy told of it */
	uint64_t others; /* of these, with another action than they were to have */
	bool timed_out;
};

/*
 * Has a command run, with what it starts, while the agent has the policy of this
 * name loaded, and counts what that tells of them until the command has ended;
 * what goes on in the background then is not waited for. Returns 0, or negative
 * errno with *reterr: it could not be tried.
 */
int policy_trial_run(struct remote *remote, const char *policy, const struct policy_case *of,
		     struct trial_result *ret, struct error **reterr);

#endif
