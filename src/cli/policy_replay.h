/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_POLICY_REPLAY_H
#define OCELLI_CLI_POLICY_REPLAY_H

#include "policy/cases.h"
#include "replay/replay.h"

/*
 * Has the policy look at the recorded events of a case, its own or those of its
 * file. Returns 0, or negative errno with *reterr: there are none that it could
 * look at.
 */
int policy_replay(const struct policy *policy, const struct policy_case *of,
		  struct replay_result *result, struct error **reterr);

#endif
