/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_BACKEND_H
#define OCELLI_COMPILE_BACKEND_H

#include "code/code.h"

#include <stdbool.h>

#define SLOT_LOADED (-8)

/* What differs between the kinds of hooks: where a program finds what its hook was called with. */
struct backend {
	/*
	 * Puts the argument at @place into @reg. The context of the program is in R6;
	 * what is in R0 to R5 is lost, and what is at SLOT_LOADED in the stack.
	 */
	void (*load)(struct code *code, int reg, unsigned place);
	unsigned places; /* how many there are at most */
	bool on_return;  /* there is one place, with what is returned */
	/* Pointers may be the kernel's own; else they are the process's. */
	bool kernel_pointers;
};

/* System calls, at the typed raw tracepoint sys_enter. */
extern const struct backend backend_sys_enter;

/* The same at the function of the kernel that is the system call. */
extern const struct backend backend_syscall_kprobe;

extern const struct backend backend_sys_exit;
extern const struct backend backend_kprobe;
extern const struct backend backend_kretprobe;
extern const struct backend backend_raw_tracepoint;

#endif
