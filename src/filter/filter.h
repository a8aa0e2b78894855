/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_FILTER_H
#define OCELLI_FILTER_FILTER_H

#include "base/error.h"
#include "filter/subject.h"

#include <stdbool.h>

/* Most values in one field of a filter. */
#define FILTER_VALUES_MAX 1024

/*
 * A Filter message made ready: an event matches when it matches each field
 * that is set, and a field when it matches any of its values. One thread at a
 * time.
 */
struct filter;

/*
 * Regular expressions and those in CEL have limits and can fail to tell. An
 * event that could not be judged must not vanish for it: who asks says what an
 * untold match counts as, true where a match lets the event pass, false where
 * it holds the event back.
 *
 * An expression in CEL that has no value for an event (null > 1u, no such key)
 * did tell: that is no match, whoever asks. It is counted because it may not
 * be what its author had in mind.
 */
struct filter_doubt {
	bool counts_as;
	uint64_t times;        /* how often it came to that */
	uint64_t valueless;    /* how often expressions in CEL had no value */
	uint64_t *steps;       /* what is left to be taken for this event; NULL: no limit */
	struct error **reterr; /* gets the error of the next of these that fails, for either
				* reason, unless it holds one; or NULL */
};

/* Of a stream's filters about one event: what their expressions take, and their searches for
 * patterns, counted as in CEL. All values that a request may have can be looked for once. */
#define FILTER_STEPS_MAX 5000000

/* What filters may ask for here. */
struct filter_rules {
	/* NULL: it may; else what has to be done for it. */
	const char *no_pid_set;
	const char *no_ancestors;
};

/* @msg is not needed after; @rules NULL: anything. Returns 0; -EINVAL with the field named, or of
 * cel_expression with the place, as cel_filter_new() does; -ERANGE for a number in an expression;
 * -E2BIG; -ENOMEM. */
int filter_new(const Tetragon__Filter *msg, const struct filter_rules *rules, struct filter **ret,
	       struct error **reterr);

/* What can be told of events by their type alone. */
enum filter_scope {
	FILTER_MATCHES_NONE,
	FILTER_MATCHES_SOME,
	FILTER_MATCHES_ALL,
};

enum filter_scope filter_scope_of(const struct filter *filter, uint32_t type);

/* Has a filter that follows processes look at the event, before it is asked whether it matches: at
 * each, also where others have decided. Returns whether it is such a filter. */
bool filter_follow(const struct filter *filter, const struct subject *subject);

bool filter_match(const struct filter *filter, const struct subject *subject,
		  struct filter_doubt *doubt);

void filter_free(struct filter **filter);

#endif
