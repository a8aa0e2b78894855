/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_SYSCALLS_H
#define OCELLI_COMPILE_SYSCALLS_H

#include "compile/emit.h"
#include "compile/verdicts.h"

/* A plan and the system call it is for. */
struct syscall_plan {
	uint32_t number; /* of this architecture */
	const struct plan *plan;
};

/*
 * Writes the program for the raw tracepoint of @backend, sys_enter or sys_exit:
 * all plans for system calls in one. @plans are in the order of their numbers;
 * @verdicts are of these and all other programs'. @code is empty before and
 * finished after. Returns 0, or an error of emit_plan() or code_finish().
 */
int emit_syscalls(struct code *code, const struct syscall_plan *plans, size_t n,
		  const struct backend *backend, const struct verdicts *verdicts);

#endif
