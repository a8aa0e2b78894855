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
 * Regular expressions have limits and can fail to tell. An event that could
 * not be judged must not vanish for it: who asks says what an untold match
 * counts as, true where a match lets the event pass, false where it holds the
 * event back.
 */
struct filter_doubt {
	bool counts_as;
	uint64_t times; /* how often it came to that */
};

/* @msg is not needed after. Returns 0; -EINVAL with the field named; -EOPNOTSUPP for a field that
 * this version does not have; -E2BIG; -ENOMEM. */
int filter_new(const Tetragon__Filter *msg, struct filter **ret, struct error **reterr);

bool filter_match(const struct filter *filter, const struct subject *subject,
		  struct filter_doubt *doubt);

void filter_free(struct filter **filter);

#endif
