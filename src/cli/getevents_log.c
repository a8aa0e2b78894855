// SPDX-License-Identifier: Apache-2.0
/* Events from lines of JSON. */
#include "base/cleanup.h"
#include "cli/complain.h"
#include "cli/event_source.h"
#include "cli/getevents_session.h"
#include "event/json.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

struct log {
	struct getevents_session *session;
	struct line_reader input;
	uint64_t malformed, too_long;
};

/* One line of each kind is told of when it comes, the others at the end. */
static void skip_line(struct log *l, uint64_t *count, struct error **err)
{
	(*count)++;
	if (*count > 1 && !l->session->settings->common.debug)
		return;
	error_wrap(err, 0, "skipped");
	error_at(err, "standard input", (unsigned)l->input.line, *err ? (*err)->column : 0);
	complain_error(*err, -ENOMEM);
}

static int handle_line(struct log *l, const char *line, size_t len)
{
	_cleanup_error_ struct error *err = NULL;
	ProtobufCMessage *msg;
	size_t blank = 0;
	int r;

	while (blank < len && strchr(" \t\r", line[blank]) && line[blank])
		blank++;
	if (blank == len)
		return 0;
	r = json_read(&tetragon__get_events_response__descriptor, line, len, &msg, &err);
	if (r == -EBADMSG) {
		skip_line(l, &l->malformed, &err);
		return 0;
	}
	if (r < 0)
		return r;
	r = getevents_put(l->session, (const Tetragon__GetEventsResponse *)msg);
	protobuf_c_message_free_unpacked(msg, NULL);
	return r;
}

static void skip_long_line(struct log *l)
{
	_cleanup_error_ struct error *err = NULL;

	error_set(&err, -E2BIG, "the line is longer than %d bytes", EVENT_LINE_BYTES);
	skip_line(l, &l->too_long, &err);
}

/*
 * As long as there is more to read, output goes out in blocks, and all of it before a wait. Returns
 * 0 at the end of the input, -EPIPE when nobody reads any more, or what failed.
 */
static int pump(struct log *l, struct error **reterr)
{
	int r = 0;

	while (r == 0) {
		const char *line;
		size_t len;
		int status = line_reader_next(&l->input, &line, &len);

		switch (status) {
		case LINE_READ:
			r = handle_line(l, line, len);
			break;
		case LINE_TOO_LONG:
			skip_long_line(l);
			break;
		case LINE_WAIT:
			r = getevents_flush(l->session);
			break;
		case LINE_END:
			return getevents_flush(l->session);
		default:
			getevents_flush(l->session);
			return error_set(reterr, status, "cannot read standard input: %s",
					 strerror(-status));
		}
	}
	return r;
}

int getevents_read_log(struct getevents_session *session, int fd, struct error **reterr)
{
	struct log l = {.session = session};
	int r;

	line_reader_init(&l.input, fd, EVENT_LINE_BYTES);
	r = pump(&l, reterr);
	line_reader_done(&l.input);
	if (r == -EPIPE)
		return r;
	if (l.malformed)
		complain("skipped malformed lines: %" PRIu64, l.malformed);
	if (l.too_long)
		complain("skipped lines longer than %d bytes: %" PRIu64, EVENT_LINE_BYTES,
			 l.too_long);
	return r;
}
