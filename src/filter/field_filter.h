/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_FIELD_FILTER_H
#define OCELLI_FILTER_FIELD_FILTER_H

#include "base/error.h"
#include "base/arena.h"
#include "event/lazy.h"
#include "tetragon/events.pb-c.h"

#include <stddef.h>

/*
 * Filters of the fields of events, applied one after the other. Their paths
 * begin in the event's own message ("process.pid"), so node_name, time and the
 * like stay. All zero is the empty list. One thread at a time.
 */
struct field_filters {
	struct field_filter *v;
	size_t n;
	struct arena arena;
};

/*
 * Returns 0; -EINVAL for a path that names no field of any event that the
 * filter is for; -ENOMEM. @msg is not needed after. A filter without paths does
 * nothing.
 */
int field_filters_add(struct field_filters *filters, const Tetragon__FieldFilter *msg,
		      struct error **reterr);

/* Adds the FieldFilter messages in a text: see json_list_read() for its form, limits and errors. On
 * failure the list is as it was. */
int field_filters_read(struct field_filters *filters, const char *text, size_t len,
		       const char *origin, struct error **reterr);

/*
 * Returns the event with the fields that the filters leave: @event itself, or a
 * copy that shares with @event what it can. It is good until the next call and
 * while @event is. @lazy: what is not filled in @event yet, and then need not be in
 * what is shared. NULL when out of memory: nothing may then leave unfiltered.
 */
const Tetragon__GetEventsResponse *field_filters_apply(struct field_filters *filters,
						       const Tetragon__GetEventsResponse *event,
						       struct lazy *lazy);

void field_filters_free(struct field_filters *filters);

#endif
