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

/* What a program works with on its way through a hook. 64 KiB, HOOK_DEPTH for each CPU. */
struct hook_scratch {
	/* What goes into the ring … */
	struct record_hook record;
	char data[HOOK_DATA_MAX];
	/* … and what does not. */
	char string[HOOK_STRINGS][HOOK_STRING_MAX];
	__u32 used; /* of data */
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
