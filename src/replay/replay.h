/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_REPLAY_REPLAY_H
#define OCELLI_REPLAY_REPLAY_H

#include "base/error.h"
#include "base/str.h"
#include "policy/node.h"
#include "policy/policy.h"

#include "tetragon/events.pb-c.h"

/*
 * Recorded events, and what a policy would have told of them, by the evaluator: no
 * kernel and no agent. An event is taken for what its hook saw; what it does not
 * carry is not known, and then each verdict that it leaves possible counts.
 */

/* What is looked for in the events that the policy would tell. */
struct replay_want {
	int action;           /* their number of it; -1: any */
	const char *selector; /* its label, or "kprobes[0].selectors[1]"; NULL: any */
};

struct replay_count {
	uint64_t least, most;
};

struct replay_result {
	uint64_t events;            /* of kinds that policies tell */
	struct replay_count told;   /* would be */
	struct replay_count others; /* of these, with another action, or by another selector */
	struct str why;             /* where the two are not the same: the first reason */
	bool limited;               /* some were told under a rate limit */
};

#define REPLAY_RESULT_INIT ((struct replay_result){.why = STR_INIT})

/* Has the policy look at one event, and adds to @result what it makes of it. Returns 0 or
 * -ENOMEM. */
int replay_event(const struct policy *policy, const Tetragon__GetEventsResponse *event,
		 const struct replay_want *want, struct replay_result *result);

void replay_result_done(struct replay_result *result);

/* Makes an event of what was written as YAML; a field that there is not is an error. Returns 0 with
 * a message that protobuf_c_message_free_unpacked(…, NULL) frees; -EBADMSG, -E2BIG, -ENOMEM. */
int replay_read_node(const struct node *node, Tetragon__GetEventsResponse **ret,
		     struct error **reterr);

#define _cleanup_replay_result_ __attribute__((cleanup(replay_result_done)))

#endif
