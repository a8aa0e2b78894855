/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_VERDICTS_H
#define OCELLI_COMPILE_VERDICTS_H

#include "compile/process.h"

/*
 * The different tests of a set of policies that are made once for each image of
 * a process and kept (abi/hook.h: struct hook_verdicts). Reading the path of what
 * a process executes takes many times what a call may take that is nobody's
 * business; and who its ancestors were has to be known before they are gone.
 */
struct verdicts {
	uint32_t generation; /* of the set, from 1; what was kept for another is learnt anew */
	const struct process_test **v;
	size_t n, cap;
	bool follow;  /* some hold for descendants, too … */
	bool parents; /* … or are asked of the parent */
	bool changes; /* what processes were like is kept, too: struct hook_baseline */
};

/* Whether there is anything that has to be kept up to date. */
static inline bool verdicts_any(const struct verdicts *verdicts)
{
	return verdicts->n || verdicts->changes;
}

/* Takes back all tests: those of the next set come. */
void verdicts_begin(struct verdicts *verdicts);

/*
 * Gives numbers to those tests of the plan that need one: the same to the same
 * tests. The plans must outlive it. Returns 0, -ENOMEM, or -E2BIG when there are
 * more than HOOK_TESTS.
 */
int verdicts_add(struct verdicts *verdicts, const struct plan *plan);

/* Whether it has tests that get numbers: its code is right for these numbers only. */
bool verdicts_asked(const struct plan *plan);

/* Appends the functions by which code finds verdicts, if it does; before it is finished. */
void emit_verdicts(struct code *code, const struct verdicts *verdicts);

/*
 * Write the programs that keep verdicts and baselines up to date, if there are any, for the raw
 * tracepoints sched_process_fork and sched_process_exec. @code is empty before and finished after.
 * Return 0, or an error of code_finish().
 */
int emit_fork(struct code *code, const struct verdicts *verdicts);
int emit_exec(struct code *code, const struct verdicts *verdicts);

/* Says of the image that is being learnt that the test is true of it: R8 points to that. */
void emit_verdict_bit(struct code *code, const struct process_test *test);

/* Goes to @no unless the test that was given a number holds; else on. */
void emit_verdict_test(struct code *code, const struct process_test *test, struct label no);

void verdicts_done(struct verdicts *verdicts);

#endif
