/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_EXPORTER_H
#define OCELLI_AGENT_EXPORTER_H

#include "agent/export_filters.h"
#include "core/ledger.h"
#include "core/tracker.h"
#include "export/ratelimit.h"
#include "export/sink.h"
#include "message/message.h"

/*
 * The way of an event to the outputs: filtered, limited in rate, rendered once,
 * collected into a block, and the block given to every sink. What the filters
 * drop is not rendered, and where its type says enough nothing is made of it.
 */
#define EXPORTER_SINKS_MAX 4

struct exporter {
	struct messages *messages;
	struct ledger *ledger;
	struct export_filters *filters;
	struct ratelimit limit;
	struct sink *sinks[EXPORTER_SINKS_MAX]; /* owned */
	size_t n_sinks;
	struct str block;
	unsigned block_events;
	uint64_t last_time; /* of the last event for the outputs, boot clock, ns; 0: none yet */
	uint64_t minute;    /* monotonic ns at which refused events are told next */
	/* Waits for readers instead of dropping: at the start, when all processes are told of at
	 * once and nothing else is to be done. */
	bool patient;
};

void exporter_init(struct exporter *exporter, struct messages *messages, struct ledger *ledger,
		   struct export_filters *filters, int64_t per_minute);
void exporter_done(struct exporter *exporter);

/* Takes over the sink. */
void exporter_add(struct exporter *exporter, struct sink *sink);

/* The message, if one was made, is there until messages_end(). */
void exporter_event(struct exporter *exporter, const struct event *event);

/* Waits until the sinks have delivered what they were given, or get nowhere for so long. Returns
 * whether they have. */
bool exporter_settle(struct exporter *exporter, int timeout_ms);

/* Hands what was collected to the sinks. */
void exporter_flush(struct exporter *exporter);

/* About once a second: rotation, the minute's report, failures to the log. */
void exporter_tick(struct exporter *exporter);

/* Whether there were sinks and none can take anything any more. */
bool exporter_closed(const struct exporter *exporter);

#endif
