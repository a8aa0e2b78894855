/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_WORK_H
#define OCELLI_AGENT_POLICY_WORK_H

#include "agent/policy_set.h"
#include "agent/policy_store.h"
#include "api/api.h"

/*
 * What clients have done to policies, on the worker's thread. With a store (or
 * NULL) what is kept is what works: both change, or neither does.
 */
int policy_work_change(struct policy_set *set, struct policy_store *store,
		       const struct api_change *change, struct error **reterr);

/* Has all that is kept work again, or nothing of it. */
int policy_work_restore(struct policy_set *set, struct policy_store *store, struct error **reterr);

#endif
