/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_EVENTS_H
#define OCELLI_API_EVENTS_H

#include "base/list.h"
#include "event/lazy.h"
#include "filter/filter.h"
#include "grpc/grpc.h"

#include "tetragon/events.pb-c.h"

/*
 * Streams of events. Those that were asked for in the same words are one feed:
 * an event is filtered and packed once for all of them.
 */
struct event_streams {
	struct list feeds;
	unsigned n_feeds;
	uint64_t dropped; /* events that streams were not told of, ever */
	uint64_t spent;   /* by their filters: ns of CPU time, less what they have had since */
	struct filter_rules rules;
};

void event_streams_init(struct event_streams *streams, const struct filter_rules *rules);

/* The method GetEvents; @userdata is struct event_streams. */
void event_streams_get(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);

bool event_streams_any(const struct event_streams *streams);

/* As api_event(). */
void event_streams_put(struct event_streams *streams, const Tetragon__GetEventsResponse *event,
		       struct lazy *lazy);

/* Tells those that were too slow, and have caught up, how much they have missed. */
void event_streams_tick(struct event_streams *streams);

#endif
