/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_ABI_HOOK_H
#define OCELLI_ABI_HOOK_H

#include "abi/record.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* Programs that can be in the middle of a hook on one CPU: one in a task, and others that
 * interrupt it, or that run for another task while that one is preempted. */
#define HOOK_DEPTH 4
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

#pragma GCC diagnostic pop

#endif
