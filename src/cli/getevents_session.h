/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_GETEVENTS_SESSION_H
#define OCELLI_CLI_GETEVENTS_SESSION_H

#include "cli/getevents.h"
#include "cli/getevents_setup.h"

struct remote;

/* Where events go, wherever they come from. */
struct getevents_session {
	const struct getevents_settings *settings;
	const struct getevents_request *request;
	struct event_filter filter; /* of logs; the agent filters what it sends */
	struct field_filters fields;
	struct compact_style style;
	struct str out;
	struct str json; /* of one event */
	bool on_terminal;
	struct remote *remote; /* that is to be kept while the reader does not read, or NULL */
	uint64_t unknown;
	uint64_t cut; /* bytes written to the terminal that events do not have */
};

/* Prints an event that the filters let pass; and as it is. */
int getevents_put(struct getevents_session *session, const Tetragon__GetEventsResponse *event);
int getevents_print(struct getevents_session *session, const Tetragon__GetEventsResponse *event);

/* As long as there is more to read, output goes out in blocks, and all of it before a wait. */
int getevents_flush(struct getevents_session *session);

/* Return 0 at the end of the input, -EPIPE when nobody reads any more, -ECANCELED when the user has
 * seen enough, or what failed. */
int getevents_read_log(struct getevents_session *session, int fd, struct error **reterr);
int getevents_read_server(struct getevents_session *session, struct remote *remote,
			  struct error **reterr);

#endif
