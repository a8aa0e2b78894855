/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_SYSCALLS_H
#define OCELLI_COMPILE_SYSCALLS_H

#include "compile/emit.h"
#include "compile/verdicts.h"

/* A plan and the system call it is for. */
struct syscall_plan {
	uint32_t number; /* in the table of calls of its backend: 32-bit programs have their own */
	const struct backend *backend;
	const struct plan *plan;
};

/*
 * Writes the program for a raw tracepoint, sys_enter or sys_exit: all plans for
 * system calls in one, with backends that are all for the one or the other.
 * @plans are in the order of their numbers; @verdicts are of these and all other
 * programs'. @code is empty before and finished after. Returns 0, or an error of
 * emit_plan() or code_finish().
 */
int emit_syscalls(struct code *code, const struct syscall_plan *plans, size_t n,
		  const struct verdicts *verdicts);

#endif
