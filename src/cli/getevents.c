// SPDX-License-Identifier: Apache-2.0
#include "cli/getevents.h"
#include "base/cleanup.h"
#include "cli/complain.h"
#include "cli/getevents_setup.h"
#include "cli/line_reader.h"
#include "cli/output.h"
#include "event/json.h"
#include "base/escape.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#define LINE_MAX_BYTES (16 << 20)

struct session {
	const struct getevents_settings *settings;
	struct event_filter filter;
	struct field_filters fields;
	struct compact_style style;
	struct line_reader input;
	struct str out;
	struct str json; /* of one event */
	bool on_terminal;
	uint64_t malformed, too_long, unknown;
};

static void session_done(struct session *s)
{
	event_filter_free(&s->filter);
	field_filters_free(&s->fields);
	line_reader_done(&s->input);
	str_free(&s->out);
	str_free(&s->json);
}

static void write_json(struct session *s, const Tetragon__GetEventsResponse *event)
{
	struct json_writer writer = {.extensions = true};

	if (s->on_terminal) {
		str_reset(&s->json);
		json_write(&writer, &s->json, &event->base);
		escape_json(&s->out, s->json.data, s->json.len);
		s->out.failed |= s->json.failed;
	} else {
		json_write(&writer, &s->out, &event->base);
	}
	str_append_char(&s->out, '\n');
}

static int handle_event(struct session *s, const Tetragon__GetEventsResponse *event)
{
	s->unknown += event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT__NOT_SET;
	if (!event_filter_pass(&s->filter, event, NULL))
		return 0;
	event = field_filters_apply(&s->fields, event, NULL);
	if (!event)
		return -ENOMEM;
	if (s->settings->output == GETEVENTS_COMPACT)
		compact_write(&s->style, &s->out, event);
	else
		write_json(s, event);
	return s->out.len < OUTPUT_BLOCK ? 0 : output_flush(&s->out, STDOUT_FILENO);
}

/* One line of each kind is told of when it comes, the others at the end. */
static void skip_line(struct session *s, uint64_t *count, struct error **err)
{
	(*count)++;
	if (*count > 1 && !s->settings->common.debug)
		return;
	error_wrap(err, 0, "skipped");
	error_at(err, "standard input", (unsigned)s->input.line, *err ? (*err)->column : 0);
	complain_error(*err, -ENOMEM);
}

static int handle_line(struct session *s, const char *line, size_t len)
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
		skip_line(s, &s->malformed, &err);
		return 0;
	}
	if (r < 0)
		return r;
	r = handle_event(s, (const Tetragon__GetEventsResponse *)msg);
	protobuf_c_message_free_unpacked(msg, NULL);
	return r;
}

static void skip_long_line(struct session *s)
{
	_cleanup_error_ struct error *err = NULL;

	error_set(&err, -E2BIG, "the line is longer than %d bytes", LINE_MAX_BYTES);
	skip_line(s, &s->too_long, &err);
}

/*
 * As long as there is more to read, output goes out in blocks, and all of it before a wait. Returns
 * 0 at the end of the input, -EPIPE when nobody reads any more, or what failed.
 */
static int pump(struct session *s, struct error **reterr)
{
	int r = 0;

	while (r == 0) {
		const char *line;
		size_t len;
		int status = line_reader_next(&s->input, &line, &len);

		switch (status) {
		case LINE_READ:
			r = handle_line(s, line, len);
			break;
		case LINE_TOO_LONG:
			skip_long_line(s);
			break;
		case LINE_WAIT:
			r = output_flush(&s->out, STDOUT_FILENO);
			break;
		case LINE_END:
			return output_flush(&s->out, STDOUT_FILENO);
		default:
			output_flush(&s->out, STDOUT_FILENO);
			return error_set(reterr, status, "cannot read standard input: %s",
					 strerror(-status));
		}
	}
	return r;
}

static void complain_filter(struct event_filter *filter)
{
	if (filter->undecided)
		complain("events let through because a regular expression or one in CEL took too "
			 "long: %" PRIu64,
			 filter->undecided);
	if (filter->valueless)
		complain("events that a CEL expression has no value for, which is no match: "
			 "%" PRIu64,
			 filter->valueless);
	if (!filter->failure)
		return;
	getevents_setup_blame(&filter->failure);
	error_wrap(&filter->failure, 0, "the first failure");
	complain_error(filter->failure, -ENOMEM);
}

static void complain_counts(struct session *s)
{
	if (s->malformed)
		complain("skipped malformed lines: %" PRIu64, s->malformed);
	if (s->too_long)
		complain("skipped lines longer than %d bytes: %" PRIu64, LINE_MAX_BYTES,
			 s->too_long);
	if (s->unknown)
		complain("events of a kind that this version does not know: %" PRIu64, s->unknown);
	complain_filter(&s->filter);
}

enum status getevents_run(void *data, int argc, char **argv)
{
	struct getevents_settings *settings = data;
	_cleanup_(session_done) struct session s = {
		.settings = settings,
		.style = getevents_setup_style(settings, STDOUT_FILENO),
		.on_terminal = isatty(STDOUT_FILENO),
	};
	_cleanup_error_ struct error *err = NULL;
	int r;

	line_reader_init(&s.input, STDIN_FILENO, LINE_MAX_BYTES);
	if (argc > 0) {
		complain("getevents takes no arguments: events come from standard input");
		return STATUS_USAGE;
	}
	r = getevents_setup_filter(settings, &s.filter, &err);
	if (r == 0)
		r = getevents_setup_fields(settings, &s.fields, &err);
	if (r < 0) {
		complain_error(err, r);
		return r == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	if (isatty(STDIN_FILENO)) {
		complain("standard input is a terminal, and connections to a server are not in "
			 "this version: pipe events in, \"ocellid --export-stdout | ocelli "
			 "getevents\", or from a log file");
		return STATUS_USAGE;
	}

	r = pump(&s, &err);
	if (r == -EPIPE)
		return STATUS_OK;
	complain_counts(&s);
	if (r < 0) {
		if (!err)
			error_set(&err, r, "cannot print events: %s", strerror(-r));
		complain_error(err, r);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}
