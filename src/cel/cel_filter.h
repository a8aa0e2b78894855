/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_CEL_FILTER_H
#define OCELLI_CEL_CEL_FILTER_H

#include "base/error.h"

#include <stddef.h>
#include <tetragon/events.pb-c.h>

/* Most expressions in one filter. */
#define CEL_FILTER_MAX 1024

/*
 * Expressions about events (event_env.h), of which any may match. Each is only
 * asked about events of the kinds that it mentions; of these, the one that
 * happened has its message, the others one in which nothing is set. What
 * mentions no event is asked about all. One thread at a time.
 */
struct cel_filter;

/* Errors are those of cel_compile(), the file "expression 2" for the second of several; -E2BIG
 * beyond CEL_FILTER_MAX. */
int cel_filter_new(const char *const *expressions, size_t n, struct cel_filter **ret,
		   struct error **reterr);

void cel_filter_free(struct cel_filter **filter);

/*
 * @steps: what all of them together may take, less what they took then; NULL: each
 * has a limit of its own, and no other.
 *
 * Returns 1 when any is true of the event; 0 when none is; and when none is,
 * but some could not be evaluated, the error of the first of them, as of
 * cel_eval(): -EDOM when all of these had no value, which counts as no match,
 * but should be counted; else of the first whose value no one knows.
 */
int cel_filter_match(struct cel_filter *filter, const Tetragon__GetEventsResponse *event,
		     uint64_t *steps, struct error **reterr);

#endif
