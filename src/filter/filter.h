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
	struct error **reterr; /* gets the error of the next of these that fails, for either
				* reason, unless it holds one; or NULL */
};

/* @msg is not needed after. Returns 0; -EINVAL with the field named, or of cel_expression with the
 * place, as cel_filter_new() does; -EOPNOTSUPP for a field that this version does not have; -ERANGE
 * for a number in an expression; -E2BIG; -ENOMEM. */
int filter_new(const Tetragon__Filter *msg, struct filter **ret, struct error **reterr);

bool filter_match(const struct filter *filter, const struct subject *subject,
		  struct filter_doubt *doubt);

void filter_free(struct filter **filter);

#endif
