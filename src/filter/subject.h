/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_SUBJECT_H
#define OCELLI_FILTER_SUBJECT_H

#include "event/lazy.h"
#include "tetragon/events.pb-c.h"

/* What filters look at in an event, whatever its kind. Borrowed from the event. */
struct subject {
	const Tetragon__GetEventsResponse *event;
	uint32_t type;                    /* Tetragon__EventType */
	const Tetragon__Process *process; /* NULL: not an event of a process */
	const Tetragon__Process *parent;
	Tetragon__Process *const *ancestors;
	size_t n_ancestors;
	const char *policy_name; /* NULL: not an event of a policy */
	struct lazy *lazy;       /* of the processes, all but pid and in_init_tree; NULL at first */
};

void subject_init(struct subject *subject, const Tetragon__GetEventsResponse *event);

#endif
