/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_CASES_H
#define OCELLI_POLICY_CASES_H

#include "base/arena.h"
#include "policy/diagnostics.h"
#include "policy/model.h"
#include "policy/node.h"

/* The annotation that has them: a list, in YAML. */
#define POLICY_CASES "ocelli.io/tests"
/* Of a policy, and of a case. */
#define POLICY_CASES_MAX 1000
#define POLICY_CASE_SECONDS_MAX 3600

/*
 * What a policy is to do, written by who writes the policy, in the policy, and
 * tried by "ocelli policy test": a command, and what is told of it and of what it
 * starts; or events that were recorded, and what would be told of them.
 */
struct policy_case {
	const char *name;
	const char *run;          /* for sh -c; or NULL … */
	const struct node *event; /* … and one event … */
	const char *file;         /* … or lines of them, relative to the policy's file */
	struct mark mark;         /* of these */
	uint64_t min, max;        /* events of the policy; UINT64_MAX: any number of them */
	int action; /* what each of them tells of, its number in events; -1: anything */
	/* Of recorded events, which tells: its label, or "kprobes[0].selectors[1]"; NULL: any. */
	const char *selector;
	uint64_t seconds; /* in which a command has ended */
};

struct policy_cases {
	struct arena arena;
	struct policy_case *v;
	size_t n;
};

#define POLICY_CASES_INIT ((struct policy_cases){.arena = ARENA_INIT})

/* Reads those of the policy; what is wrong with them is found, with its place. Returns 0 or
 * -ENOMEM.
 */
int policy_cases_read(struct policy_cases *cases, const struct policy *policy,
		      struct diagnostics *diags);

void policy_cases_done(struct policy_cases *cases);

#define _cleanup_policy_cases_ __attribute__((cleanup(policy_cases_done)))

#endif
