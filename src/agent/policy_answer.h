/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_ANSWER_H
#define OCELLI_AGENT_POLICY_ANSWER_H

#include "agent/policy_set.h"

#include "tetragon/sensors.pb-c.h"

/*
 * Fills the answer of ListTracingPolicies with those of the domain, "": of all;
 * @extended with our own fields, too. It is good until @arena is reset and as long
 * as the set is not changed. Returns 0 or -ENOMEM.
 */
int policy_answer_list(const struct policy_set *set, const char *domain, bool extended,
		       struct arena *arena, Tetragon__ListTracingPoliciesResponse *answer);

/* Fills that of ListDomains, likewise: those that there are policies in, and those that there
 * always are. */
int policy_answer_domains(const struct policy_set *set, struct arena *arena,
			  Tetragon__ListDomainsResponse *answer);

#endif
