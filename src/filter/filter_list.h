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

/* @rules: see filter_new(). */
int filter_list_add(struct filter_list *list, const Tetragon__Filter *msg,
		    const struct filter_rules *rules, struct error **reterr);

/*
 * Adds the Filter messages in a text: see json_list_read() for its form, limits
 * and errors. On failure the list is as it was.
 */
int filter_list_read(struct filter_list *list, const char *text, size_t len, const char *origin,
		     const struct filter_rules *rules, struct error **reterr);

void filter_list_free(struct filter_list *list);

/* What decides whether an event passes: it matches any of ->allow, or that is empty, and none of
 * ->deny. One thread at a time. */
struct event_filter {
	struct filter_list allow, deny;
	uint64_t steps_max;    /* for one event; 0: no limit but each expression's own */
	uint64_t undecided;    /* events that passed because no one could tell: see filter_doubt */
	uint64_t valueless;    /* events that an expression had no value for, which is no match */
	struct error *failure; /* of the first expression that failed to tell or had no value */
};

/* Whether events of this type pass, if that is all to tell by; when it is not, or the filter
 * follows processes and so must be shown them, FILTER_MATCHES_SOME. */
enum filter_scope event_filter_scope(const struct event_filter *filter, uint32_t type);

/* @lazy: what is not filled in @event yet; NULL: all is there. */
bool event_filter_pass(struct event_filter *filter, const Tetragon__GetEventsResponse *event,
		       struct lazy *lazy);

/* For an event that is not asked about: has those that follow processes look at it. */
void event_filter_skip(const struct event_filter *filter, const Tetragon__GetEventsResponse *event);

void event_filter_free(struct event_filter *filter);

#endif
