/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_SAMPLE_H
#define OCELLI_TESTS_DIFFERENTIAL_SAMPLE_H

#include "compile/evaluate.h"
#include "compiled.h"
#include "current.h"
#include "rate_limits.h"
#include "types.h"
#include "way.h"

/* The most that a policy has. */
#define SELECTORS 4

/*
 * A random policy on what a way calls, as text, and what is planned of it. All of
 * its policies are good: one that is refused is a failure.
 */
struct sample {
	const struct way *way;
	struct str text;
	/* Of its arguments, and then of its data. */
	const struct type *values[ARGS + DATA];
	size_t n_args, n_data;
	size_t first_data;             /* that filters look at */
	const struct type *returned;   /* NULL: what the call returns is not told */
	bool limits;                   /* some of its posts have a rate limit … */
	bool limits_returns;           /* … some when the call returns */
	struct limit limit[SELECTORS]; /* of those that have one at the call */
	struct compiled compiled;
	/* Hashes of what was told under a limit. */
	uint64_t *limited;
	size_t n_limited;
};

/* @number: of the hook, which no other sample has. Returns 0, or negative errno with what is wrong
 * printed. */
int sample_make(struct sample *sample, const struct way *way, const struct caller *subject,
		struct kernel_functions *functions, uint32_t number);
void sample_done(struct sample *sample);

/* A call, and what is told of its arguments and of the data; and when it returns. */
struct event {
	uint64_t args[ARGS], returned;
	struct told told[ARGS + DATA], told_returned, told_later[ARGS];
};

/* Makes the data what they are to be, too. */
void sample_event(const struct sample *sample, struct event *event);

/* What the plan says: the selector, or NO_SELECTOR; *posted: whether it is told, which a limit
 * remembers. */
int sample_evaluate(struct sample *sample, const struct event *event, const struct caller *subject,
		    bool *posted);

/* Whether what was told for that selector is still told when the call returns. */
bool sample_evaluate_return(struct sample *sample, int selector, struct event *event);

#endif
