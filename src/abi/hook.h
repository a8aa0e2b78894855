/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_ABI_HOOK_H
#define OCELLI_ABI_HOOK_H

#include "abi/record.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* Programs that can be in the middle of a hook on one CPU: one in a task, and others that
 * interrupt it, or that run for another task while that one is preempted. */
#define HOOK_DEPTH 4
/* Calls that a thread is in, one in the other, of whose return there is something to tell. Of one
 * more, the return of the outermost is not seen. */
#define HOOK_CALLS 8
/* Strings that the filters of one hook look at. */
#define HOOK_STRINGS 8

/*
 * What takes long to find out of a process is found out once for each of its
 * images, and kept: verdicts, one bit for each different test of the policies.
 */
#define HOOK_WORDS 16
#define HOOK_WORD_TESTS 62
#define HOOK_TESTS (HOOK_WORDS * HOOK_WORD_TESTS)
/* So many ancestors are looked at of a process that is older than the policies. */
#define HOOK_ANCESTORS 64
/* In each word: what is executed is known (of a bit that is not set, more than that nobody knows);
 * and that there is a word. */
#define HOOK_KNOWN (1ULL << 63)
#define HOOK_VALID (1ULL << 62)

struct hook_verdicts {
	__u64 generation; /* of the tests; 0: there is nothing */
	__u32 execs;      /* as in struct process_key */
	__u32 pad;
	__u64 own[HOOK_WORDS];
	__u64 parents[HOOK_WORDS]; /* of who forked it, or of its image before */
};

/* What a process was like when it was forked or executed, or when a policy was last told of a
 * change. */
struct hook_baseline {
	__u32 execs; /* as in struct process_key */
	__u32 ns[_EXEC_NS_MAX];
	__u32 pad;
	__u64 capabilities[3]; /* effective, inheritable, permitted */
};

/* Parts of it. */
#define HOOK_BASELINE_NS 1
#define HOOK_BASELINE_CAPABILITIES 2

/* On the way to verdicts: the image that is looked at, of the process or of an ancestor. */
struct hook_learning {
	struct hook_verdicts verdicts;
	__u64 image[HOOK_WORDS];  /* which tests are true of it */
	__u64 sticky[HOOK_WORDS]; /* which hold for descendants, too */
	__u64 task;               /* whose it is */
	__s32 path; /* its length with the NUL; 0: nothing is executed; < 0: unknown */
	__u32 pid, nspid;
	__u32 steps;     /* to the ancestor, from the process */
	__u32 inherited; /* the image before is known: no ancestors need be asked */
	__u32 pad;
};

/* What a program works with on its way through a hook. 64 KiB, HOOK_DEPTH for each CPU. */
struct hook_scratch {
	/* What goes into the ring … */
	struct record_hook record;
	char data[HOOK_DATA_MAX];
	/* … and what does not. */
	char string[HOOK_STRINGS][HOOK_STRING_MAX];
	struct hook_learning learning; /* the path is the first string */
	__u32 used;                    /* of data */
	__u32 pad;
};

/* What was told of, and will be when it returns. Kept with the thread: 136 bytes for each that
 * was ever in such a call. */
struct hook_call {
	__u64 time;
	__u32 hook;
	__u32 selector;
};

struct hook_calls {
	struct hook_call v[HOOK_CALLS]; /* the innermost last */
	__u32 n;
	__u32 pad;
};

#pragma GCC diagnostic pop

#endif
