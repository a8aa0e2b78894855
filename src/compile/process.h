/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_PROCESS_H
#define OCELLI_COMPILE_PROCESS_H

#include "code/code.h"
#include "compile/plan.h"

/*
 * What selectors ask of the process that makes the call, whatever the call is:
 * matchWorkloads, matchPIDs, matchBinaries, matchParentBinaries, matchNamespaces,
 * matchNamespaceChanges, matchCapabilities, matchCapabilityChanges, matchUsers,
 * matchArguments, matchEnvironment.
 */

/* What of the process is tested. */
enum process_value {
	PROCESS_PID,
	PROCESS_NSPID,              /* in the innermost of its PID namespaces */
	PROCESS_CAPABILITIES,       /* a set of the thread's; 0 is none of them */
	PROCESS_NAMESPACE,          /* the inode of one of the thread's */
	PROCESS_IMAGE,              /* what it executes, as of then: see struct caller */
	PROCESS_NAMESPACE_CHANGES,  /* bits of enum exec_ns, since the fork, the exec, or … */
	PROCESS_CAPABILITY_CHANGES, /* … since a selector held that asked for such changes */
	PROCESS_USER,               /* an id of the thread's */
	PROCESS_HOST,               /* 1: it is in no container */
	PROCESS_WORKLOAD,           /* 1: it is in a container that is selected, or likewise */
	PROCESS_STRING,             /* one of its strings, as of the exec */
	PROCESS_STRINGS_KNOWN,      /* all of them were looked at */
};

struct process_test {
	enum process_value value;
	/* enum capability_set; enum exec_ns; bits of namespaces; enum user_id; of strings,
	 * HOOK_ARGUMENTS or HOOK_ENVIRONMENT; the number of a scope with HOOK_SCOPE_HOST */
	unsigned which;
	const struct workload_scope *scope; /* of PROCESS_WORKLOAD */
	int64_t index;                      /* of an argument; -1: any */
	struct bytes name; /* of a variable, with "=": what is tested is behind it */
	bool follow;      /* or of an ancestor: what it is true of, it is true of all descendants */
	bool parent;      /* of the parent instead: who forked it, or its own image before */
	struct test test; /* without its capture */
	/* If it is kept: its number, and the generation it was born with (compile/verdicts.h). */
	uint32_t verdict, birth;
};

static inline bool process_test_is_of_strings(const struct process_test *test)
{
	return test->value == PROCESS_STRING || test->value == PROCESS_STRINGS_KNOWN;
}

/*
 * Whether the name of an image counts that was relative to the working directory.
 * Another thread of the process could have made it any name by changing that
 * meanwhile; who gets around a policy by a name it should not have is none.
 */
static inline bool process_test_takes_relative(const struct process_test *test)
{
	return !test->test.negate;
}

/* Whether it is made once for each image of a process. */
static inline bool process_test_is_kept(const struct process_test *test)
{
	return test->value == PROCESS_IMAGE || process_test_is_of_strings(test) || test->follow;
}

struct planner;

/* Adds to @ret what the selector asks of the process; what cannot be compiled is refused. */
void plan_process(struct planner *p, const struct policy_selector *from, struct plan_selector *ret);

/* What of the baseline is renewed when the selector holds: HOOK_BASELINE_NS and its like. */
unsigned process_renews(const struct plan_selector *selector);

/* Whether it may take room to find out what the selector asks. */
bool process_asks_for_room(const struct plan_selector *selector);

/* Goes to @no unless all of it holds; else on. To @unknown, when there is no room to find out.
 * Uses R0 to R5 and no scratch. */
void emit_process(struct code *code, const struct plan_selector *selector, struct label no,
		  struct label unknown);

/* A name of an image that is not its path: by way of symbolic links, or of a script. */
struct caller_name {
	struct bytes path; /* made absolute; NULL: none */
	bool relative;     /* before that */
};

/* A process, for the evaluator. Ids and inodes that are not known are 0, and nothing is true of
 * them. */
struct caller {
	uint32_t pid, nspid;
	uint64_t capabilities[3];          /* of enum capability_set */
	uint32_t namespaces[_EXEC_NS_MAX]; /* of enum exec_ns */
	uint32_t namespace_changes;
	uint64_t capability_changes[3];
	struct bytes image;          /* the path of what it executes; NULL: nothing … */
	bool image_fault;            /* … or nobody knows what */
	struct caller_name names[2]; /* as execve(2) was given it; its interpreter, of a script */
	uint32_t users[4];           /* of enum user_id */
	bool host;                   /* it is in no container */
	const struct pod_container *container; /* NULL: none that is known */
	const struct bytes *strings[2];        /* arguments; environment */
	size_t n_strings[2];
	bool strings_fault[2];       /* there are more that could not be read */
	const struct caller *parent; /* NULL: none */
};

bool process_test_holds(const struct process_test *test, const struct caller *subject);

/* All of them. */
bool evaluate_process(const struct plan_selector *selector, const struct caller *subject);

#endif
