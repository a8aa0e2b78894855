/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPLAIN_RACE_H
#define OCELLI_EXPLAIN_RACE_H

#include "compile/backend.h"
#include "compile/plan.h"

/*
 * What a process passes to a system call by its own memory, or by the number of a
 * file, it can change between the look of a policy and that of the kernel (time of
 * check to time of use). A hook of the security modules sees what the kernel goes
 * on with.
 */
enum race {
	RACE_NONE,
	RACE_MEMORY, /* of the process */
	RACE_FILE,   /* that a number stands for */
};

/* Whether it is read from the memory of who makes the call. */
bool race_is_of_process(const struct capture *capture, const struct backend *backend);

/* Why the value can be another when the kernel looks at it. */
enum race race_of(const struct capture *capture, const struct backend *backend);

/* A system call and where the kernel decides on what it was given. */
struct race_refuge {
	const char *call;     /* "openat" */
	const char *lsm;      /* the hook of the security modules: "file_open" … */
	const char *function; /* … and the function of the kernel that asks them */
};

/* By the name of a call, as policies or events have it: "sys_openat", "__x64_sys_openat". NULL:
 * there is none. */
const struct race_refuge *race_refuge_of(const char *call);

/* All; NULL after the last. */
const struct race_refuge *race_refuge_at(size_t i);

#endif
