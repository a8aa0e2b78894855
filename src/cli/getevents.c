// SPDX-License-Identifier: Apache-2.0
#include "cli/getevents.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "cli/complain.h"
#include "cli/event_source.h"
#include "cli/getevents_session.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/remote.h"
#include "cli/terminal.h"
#include "event/json.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

/* Servers ask each minute or so whether we are there. */
#define KEEP_MS 5000

static void session_done(struct getevents_session *s)
{
	event_filter_free(&s->filter);
	field_filters_free(&s->fields);
	str_free(&s->out);
	str_free(&s->json);
}

static void write_json(struct getevents_session *s, const Tetragon__GetEventsResponse *event)
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

static int keep_connection(void *data)
{
	return remote_keep(data);
}

int getevents_flush(struct getevents_session *s)
{
	if (s->remote)
		return output_flush_while(&s->out, STDOUT_FILENO, KEEP_MS, keep_connection,
					  s->remote);
	return output_flush(&s->out, STDOUT_FILENO);
}

int getevents_print(struct getevents_session *s, const Tetragon__GetEventsResponse *event)
{
	s->unknown += event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT__NOT_SET;
	if (s->settings->tty_encode)
		s->cut += terminal_append(s->settings->tty_encode, event, &s->out);
	else if (s->settings->output == GETEVENTS_COMPACT)
		compact_write(&s->style, &s->out, event);
	else
		write_json(s, event);
	return s->out.len < OUTPUT_BLOCK ? 0 : getevents_flush(s);
}

int getevents_put(struct getevents_session *s, const Tetragon__GetEventsResponse *event)
{
	if (!event_filter_pass(&s->filter, event, NULL)) {
		s->unknown += event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT__NOT_SET;
		return 0;
	}
	event = field_filters_apply(&s->fields, event, NULL);
	return event ? getevents_print(s, event) : -ENOMEM;
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

static void complain_counts(struct getevents_session *s)
{
	if (s->unknown)
		complain("events of a kind that this version does not know: %" PRIu64, s->unknown);
	if (s->cut)
		complain("bytes written to %s that events do not have: %" PRIu64
			 "; maxData: true in the policy has all of them",
			 s->settings->tty_encode, s->cut);
	complain_filter(&s->filter);
}

static int prepare(struct getevents_settings *settings, struct getevents_request *request,
		   struct getevents_session *s, struct error **reterr)
{
	int r = getevents_request_init(request, settings, reterr);

	s->request = request;
	/* Also of what the agent filters: what is wrong with filters is told in the same words. */
	if (r == 0)
		r = getevents_setup_filter(request, &s->filter, reterr);
	if (r == 0)
		r = getevents_setup_fields(request, &s->fields, reterr);
	return r;
}

static enum status conclude(struct getevents_session *s, const struct remote *remote, int r,
			    const struct error *err)
{
	if (r == -EPIPE)
		return STATUS_OK;
	complain_counts(s);
	/* Who interrupts has seen enough. */
	if (r >= 0 || (s->remote && r == -ECANCELED))
		return STATUS_OK;
	if (s->remote && err)
		return remote_failed(remote, err, r);
	if (err)
		complain_error(err, r);
	else
		complain("cannot print events: %s", strerror(-r));
	return STATUS_FAILED;
}

enum status getevents_run(void *data, int argc, char **argv)
{
	struct getevents_settings *settings = data;
	_cleanup_(session_done) struct getevents_session s = {
		.settings = settings,
		.style = getevents_setup_style(settings, STDOUT_FILENO),
		.on_terminal = isatty(STDOUT_FILENO),
	};
	_cleanup_(getevents_request_done) struct getevents_request request = {0};
	_cleanup_error_ struct error *err = NULL;
	_cleanup_remote_ struct remote remote;
	int r;

	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("getevents takes no arguments: events come from standard input, or from "
			 "the agent");
		return STATUS_USAGE;
	}
	r = prepare(settings, &request, &s, &err);
	if (r < 0) {
		complain_error(err, r);
		return r == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	if (event_source_is_log(&settings->common)) {
		r = getevents_read_log(&s, STDIN_FILENO, &err);
	} else {
		remote.stop_fd = interrupt_fd();
		r = getevents_read_server(&s, &remote, &err);
	}
	return conclude(&s, &remote, r, err);
}
