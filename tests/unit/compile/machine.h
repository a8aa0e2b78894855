/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_COMPILE_MACHINE_H
#define OCELLI_TESTS_UNIT_COMPILE_MACHINE_H

#include "compile/workloads.h"
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

/* The descriptor of the map of owners. */
#define MACHINE_OWNERS 78

/* The descriptor of the map of notices. */
#define MACHINE_NOTICES 79

/* The descriptor of the map of counts, and how many there are, for two CPUs. */
#define MACHINE_COUNTERS 77
#define MACHINE_ROWS (2 * HOOK_DEPTH)
#define MACHINE_COUNTS 8

static inline struct plan_counters machine_counters(uint32_t first, uint32_t n)
{
	return (struct plan_counters){
		.map = MACHINE_COUNTERS,
		.rows = MACHINE_ROWS,
		.stride = MACHINE_COUNTS * sizeof(struct hook_counts),
		.first = first * (uint32_t)sizeof(struct hook_counts),
		.n = n,
	};
}

/* So many values of a rate limit are kept. */
#define MACHINE_LIMIT_VALUES 8

struct machine;

/* Of one counter in all rows. */
struct hook_counts machine_counts(const struct machine *m, size_t i);

/*
 * Runs the code of plans without a kernel: the instructions that the compiler
 * writes, and the library's functions as far as a test wants to know of them.
 * What a program must not do fails the test.
 */
struct machine {
	struct hook_scratch scratch;
	struct hook_scratch inner;    /* for what is learnt while that one is taken */
	const struct caller *subject; /* who makes the call */
	uint64_t task;                /* of the kernel */
	struct hook_verdicts earlier; /* of that process, before it makes the call … */
	struct hook_verdicts kept;    /* … and afterwards */
	const struct caller *learnt;  /* whose image is in the scratch */
	const struct code *code;      /* that is run */
	uint64_t context;             /* what it is called with */
	bool busy;                    /* no scratch is free */
	bool full;                    /* the ring has no room */
	bool compat;                  /* the system call is of the table of 32-bit programs … */
	unsigned tables;              /* … so often it was asked of which */
	bool spared;                  /* nothing is to be done to who makes the call … */
	bool refuses;                 /* … or the kernel sends it no signals */
	uint64_t cookie;              /* of where the program is hit */
	unsigned taken;               /* so many are; they have to be given back */
	unsigned unpreempted;         /* so often preemption is forbidden; likewise */
	bool begun;
	bool at_once; /* told without a scratch, and these numbers */
	uint64_t numbers[HOOK_NUMBERS];
	unsigned renewed; /* of the baseline */
	/* So many of its limits are over. */
	size_t limits, asked;
	/* What makes the same, of the last that was asked. */
	struct plan_limit limit;
	struct plan_limit_value limit_values[MACHINE_LIMIT_VALUES];
	bool suppressed;
	bool forgotten;          /* that it was told */
	struct process_key self; /* who makes the call, for what is told */
	struct hook_owner owner; /* of this socket; 0: none */
	uint64_t owned;
	bool silent;         /* only the agent was told */
	uint64_t stack_size; /* of the last that was taken */
	unsigned stacks;     /* of HOOK_STACKS: those in the record */
	struct hook_counts counts[MACHINE_ROWS][MACHINE_COUNTS];
	bool posted;
	bool withdrawn;
	/* What was told of and has not returned; ->hook is 0: nothing. */
	struct hook_call call;
	uint32_t hook, selector;
	size_t n_args;
	uint64_t steps;
	struct hook_notice notice; /* of the thread */
	bool noticed;              /* there is room for one … */
	bool no_memory;            /* … or there can be none */
	unsigned signals;          /* so many were sent, the last … */
	int signal;                /* … this */
	int64_t returned;          /* by the program */
	int64_t overridden;        /* by a helper: what the call returns */
	unsigned functions;        /* so many were called, the kernel's among them */
};

/* Runs one function of finished @code with its context; NULL: the code from its beginning. */
void machine_run(struct machine *m, const struct code *code, const char *function, void *context);

/* What the numbers of scopes stand for. */
#define MACHINE_SCOPES 4
extern const struct workload_scope machine_scopes[MACHINE_SCOPES];

#endif
