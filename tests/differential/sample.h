/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_SAMPLE_H
#define OCELLI_TESTS_DIFFERENTIAL_SAMPLE_H

#include "base/arena.h"
#include "compile/evaluate.h"
#include "policy/policy.h"
#include "current.h"
#include "rate_limits.h"
#include "sensor/kernel_functions.h"
#include "types.h"

/* The most that a policy has. */
#define SELECTORS 4

/*
 * A random policy on a system call, as text, and what is planned of it. All of
 * its policies are good: one that is refused is a failure.
 */
struct sample {
	struct str text;
	/* Of its arguments, and then of its data. */
	const struct type *values[ARGS + DATA];
	size_t n_data;
	bool returns; /* also what the call returns is told */
	bool limits;  /* some of its posts have a rate limit: */
	struct limit limit[SELECTORS];
	struct policies policies;
	struct arena arena;
	struct plan plan;
	/* Hashes of what was told under a limit. */
	uint64_t *limited;
	size_t n_limited;
};

/* Who makes the calls. */
void subject_of_this_process(struct subject *ret, char *const *argv, uint32_t pid, uint32_t nspid);

/* @returns: what the call returns, which is always the same; 0: policies do not ask for it.
 * @number: of the hook, which no other sample has. Returns 0, or negative errno with what is wrong
 * printed. */
int sample_make(struct sample *sample, const char *call, int returns, const struct subject *subject,
		struct kernel_functions *functions, uint32_t number);
void sample_done(struct sample *sample);

/* A call, and what is told of its arguments and of the data. */
struct event {
	uint64_t args[ARGS];
	struct told told[ARGS + DATA];
};

/* Makes the data what they are to be, too. */
void sample_event(const struct sample *sample, struct event *event);

/* What the plan says: the selector, or NO_SELECTOR; *posted: whether it is told, which a limit
 * remembers. */
int sample_evaluate(struct sample *sample, const struct event *event, const struct subject *subject,
		    bool *posted);

/* Whether what was told for that selector is still told when this is returned. */
bool sample_evaluate_return(const struct sample *sample, int selector, int returned);

#endif
