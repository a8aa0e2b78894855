/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_FILTER_LIST_H
#define OCELLI_FILTER_FILTER_LIST_H

#include "filter/filter.h"

#include <stddef.h>

/* Filters of which any may match. All zero is the empty list. */
struct filter_list {
	struct filter **v;
	size_t n;
};

int filter_list_add(struct filter_list *list, const Tetragon__Filter *msg, struct error **reterr);

/*
 * Adds the Filter messages in a text: see json_list_read() for its form, limits
 * and errors. On failure the list is as it was.
 */
int filter_list_read(struct filter_list *list, const char *text, size_t len, const char *origin,
		     struct error **reterr);

void filter_list_free(struct filter_list *list);

/* What decides whether an event passes: it matches any of ->allow, or that is empty, and none of
 * ->deny. One thread at a time. */
struct event_filter {
	struct filter_list allow, deny;
	uint64_t undecided;    /* events that passed because no one could tell: see filter_doubt */
	uint64_t valueless;    /* events that an expression had no value for, which is no match */
	struct error *failure; /* of the first expression that failed to tell or had no value */
};

bool event_filter_pass(struct event_filter *filter, const Tetragon__GetEventsResponse *event);

void event_filter_free(struct event_filter *filter);

#endif
