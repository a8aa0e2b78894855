/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_COMPILE_MACHINE_H
#define OCELLI_TESTS_UNIT_COMPILE_MACHINE_H

#include "abi/hook.h"
#include "code/code.h"
#include "compile/process.h"

#include <stdbool.h>
#include <stdint.h>

/* What an argument points to that is neither a number nor a string, laid out as abi/value.h says;
 * NULL cannot be read. */
struct machine_value {
	char bytes[256];
	size_t size;
	size_t tail; /* of that, what varies in size */
};

/*
 * Runs the code of plans without a kernel: the instructions that the compiler
 * writes, and the library's functions as far as a test wants to know of them.
 * What a program must not do fails the test.
 */
struct machine {
	struct hook_scratch scratch;
	struct hook_scratch inner;     /* for what is learnt while that one is taken */
	const struct subject *subject; /* who makes the call */
	uint64_t task;                 /* of the kernel */
	struct hook_verdicts kept;     /* of that process */
	const struct subject *learnt;  /* whose image is in the scratch */
	bool busy;                     /* no scratch is free */
	bool compat;                   /* the system call is of the table of 32-bit programs */
	uint64_t cookie;               /* of where the program is hit */
	unsigned taken;                /* so many are; they have to be given back */
	bool begun;
	unsigned renewed; /* of the baseline */
	bool posted;
	bool withdrawn;
	/* What was told of and has not returned; ->hook is 0: nothing. */
	struct hook_call call;
	uint32_t hook, selector;
	size_t n_args;
	uint64_t steps;
};

/* Runs one function of finished @code with its context; NULL: the code from its beginning. */
void machine_run(struct machine *m, const struct code *code, const char *function, void *context);

#endif
