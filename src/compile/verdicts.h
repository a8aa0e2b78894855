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
	/*
	 * How often tests came that there were not before. Each was born with one of these
	 * generations and keeps its number as long as there is a policy with it: what was kept of
	 * a process up to some generation is right of all that were born by then, whatever
	 * policies came or went meanwhile, and only younger ones have to be made.
	 */
	uint32_t generation;
	const struct process_test **v; /* by their numbers; NULL: nobody's */
	size_t n, cap;
	const struct verdicts *before; /* of the set that these take the place of, or NULL */
	bool images;                   /* some look at what is executed */
	bool follow;                   /* some hold for descendants, too … */
	bool parents;                  /* … or are asked of the parent */
	bool changes; /* what processes were like is kept, too: struct hook_baseline */
};

/* Whether there is anything that has to be kept up to date. */
static inline bool verdicts_any(const struct verdicts *verdicts)
{
	return verdicts->n || verdicts->changes;
}

/* Begins with none. @before: those that are in the kernel, or NULL; they have to be there, with
 * their plans, as long as tests are added. */
void verdicts_begin(struct verdicts *verdicts, const struct verdicts *before);

/*
 * Gives numbers to those tests of the plan that need one: the same to the same
 * tests, also to those of before. The plans must outlive it. Returns 0, -ENOMEM,
 * or -E2BIG when there are more than HOOK_TESTS, those counted that were before
 * and are no more.
 */
int verdicts_add(struct verdicts *verdicts, const struct plan *plan);

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

/* Goes to @no unless the test that was given a number holds; to @unknown when there is no room to
 * find out; else on. */
void emit_verdict_test(struct code *code, const struct process_test *test, struct label no,
		       struct label unknown);

/* Has @with, which is empty then, in its place. */
void verdicts_replace(struct verdicts *verdicts, struct verdicts *with);

void verdicts_done(struct verdicts *verdicts);

#endif
