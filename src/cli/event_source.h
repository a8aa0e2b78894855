/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_EVENT_SOURCE_H
#define OCELLI_CLI_EVENT_SOURCE_H

#include "cli/line_reader.h"
#include "cli/remote.h"

#include "tetragon/events.pb-c.h"

#include <stdbool.h>

/* Longest line of a log that is read. */
#define EVENT_LINE_BYTES (16 << 20)

/* Whether commands that take events read them from standard input: when no address is given, and it
 * is no terminal, /dev/null or closed. */
bool event_source_is_log(const struct common_settings *settings);

/* Events one by one, from a log on standard input or from the agent. */
struct event_source {
	struct remote *remote; /* NULL: a log */
	struct grpc_stream *stream;
	struct line_reader input;
	uint64_t skipped; /* lines that are no events */
};

/* With @remote, which is not to be asked for anything before the source is there, asks it for
 * @request. Returns 0 or what remote_follow() does. */
int event_source_open(struct event_source *source, struct remote *remote,
		      const Tetragon__GetEventsRequest *request, struct error **reterr);

/* Returns 1 with an event to be freed, 0 at the end, -EAGAIN when there was none until @deadline of
 * CLOCK_MONOTONIC, which a log does not look at; or what failed. */
int event_source_next(struct event_source *source, uint64_t deadline,
		      Tetragon__GetEventsResponse **ret, struct error **reterr);

void event_source_close(struct event_source *source);

#endif
