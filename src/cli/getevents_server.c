// SPDX-License-Identifier: Apache-2.0
/* Events from the agent. */
#include "base/clock.h"
#include "cli/complain.h"
#include "cli/getevents_session.h"
#include "cli/remote.h"
#include "grpc/dial.h"

#include <errno.h>

/* Until the stream ends. */
static int pump(struct getevents_session *s, struct grpc_stream *stream, struct error **reterr)
{
	uint64_t deadline = 0;

	for (;;) {
		ProtobufCMessage *event;
		int r = grpc_stream_next(stream, &tetragon__get_events_response__descriptor,
					 deadline, &event, reterr);

		if (r == -EAGAIN && !deadline) {
			/* There is nothing more for now. */
			r = getevents_flush(s);
			deadline = GRPC_NO_DEADLINE;
		} else if (r > 0) {
			r = getevents_print(s, (const Tetragon__GetEventsResponse *)event);
			protobuf_c_message_free_unpacked(event, NULL);
			deadline = 0;
		} else if (r == 0) {
			return 0;
		}
		if (r < 0)
			return r;
	}
}

static int follow(struct getevents_session *s, struct remote *remote, struct error **reterr)
{
	_cleanup_grpc_stream_ struct grpc_stream *stream = NULL;
	int r = remote_follow(remote, "GetEvents", &s->request->msg.base, &stream, reterr), flushed;

	if (r < 0)
		return r;
	r = pump(s, stream, reterr);
	flushed = getevents_flush(s);
	if (r < 0 && remote_is_gone(remote, r))
		error_remedy(reterr, "--reconnect waits for it to come back");
	return r < 0 ? remote_explain(remote, r, reterr) : flushed;
}

static int wait_to_reconnect(const struct getevents_session *s, const struct remote *remote,
			     const struct error *err)
{
	uint64_t wait = s->settings->reconnect_wait;

	complain("%s; connecting again in %g s",
		 err && err->message ? err->message : "the server has ended the stream",
		 (double)wait / NSEC_PER_SEC);
	return grpc_wait(-1, 0, remote->stop_fd, clock_ns(CLOCK_MONOTONIC) + wait);
}

int getevents_read_server(struct getevents_session *s, struct remote *remote, struct error **reterr)
{
	/* Each time that it is connected to is a try. */
	struct common_settings once = s->settings->common;

	once.retries = 0;
	if (s->settings->reconnect)
		remote->settings = &once;
	s->remote = remote;
	for (;;) {
		int r = follow(s, remote, reterr);

		if (!s->settings->reconnect || (r < 0 && !remote_is_gone(remote, r)))
			return r;
		remote_hang_up(remote);
		if (wait_to_reconnect(s, remote, *reterr) == -ECANCELED)
			return -ECANCELED;
		error_free(reterr);
	}
}
