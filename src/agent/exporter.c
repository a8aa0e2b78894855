// SPDX-License-Identifier: Apache-2.0
#include "agent/exporter.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>

/* A block is given away when it is this long, or when the ring is empty. */
#define BLOCK_BYTES (64 * 1024)
#define MINUTE (60 * NSEC_PER_SEC)
/* A reader that takes nothing for so long is not waited for. */
#define PATIENCE_MS 1000

void exporter_init(struct exporter *e, struct messages *messages, struct ledger *ledger,
		   struct export_filters *filters, int64_t per_minute)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	*e = (struct exporter){
		.messages = messages, .ledger = ledger, .filters = filters, .minute = now + MINUTE};
	ratelimit_init(&e->limit, per_minute, now);
}

void exporter_done(struct exporter *e)
{
	for (size_t i = 0; i < e->n_sinks; i++)
		sink_free(&e->sinks[i]);
	str_free(&e->block);
}

void exporter_add(struct exporter *e, struct sink *sink)
{
	e->sinks[e->n_sinks++] = sink;
}

/* @message NULL: it could not be made. */
static void render(struct exporter *e, const struct event *event,
		   const Tetragon__GetEventsResponse *message)
{
	if (!message || messages_append_line(e->messages, message, &e->block) < 0) {
		e->ledger->unrendered[event->type]++;
		return;
	}
	e->ledger->exported[event->type]++;
	e->last_time = event->time;
	e->block_events++;
	if (e->block.len >= BLOCK_BYTES)
		exporter_flush(e);
}

static bool pass(struct exporter *e, const struct event *event)
{
	struct event_filter *filter = &e->filters->events;

	switch (event_filter_scope(filter, messages_type(event))) {
	case FILTER_MATCHES_NONE:
		return false;
	case FILTER_MATCHES_ALL:
		return true;
	default:
		return event_filter_pass(filter, messages_begin(e->messages, event),
					 messages_lazy(e->messages));
	}
}

void exporter_event(struct exporter *e, const struct event *event)
{
	const Tetragon__GetEventsResponse *message;

	if (e->n_sinks == 0) {
		e->ledger->exported[event->type]++;
		return;
	}
	if (!pass(e, event)) {
		e->ledger->filtered[event->type]++;
		return;
	}
	if (e->limit.per_minute >= 0 && !ratelimit_allow(&e->limit, clock_ns(CLOCK_MONOTONIC))) {
		e->ledger->limited[event->type]++;
		return;
	}
	message = messages_begin(e->messages, event);
	render(e, event,
	       field_filters_apply(&e->filters->fields, message, messages_lazy(e->messages)));
}

bool exporter_settle(struct exporter *e, int timeout_ms)
{
	for (size_t i = 0; i < e->n_sinks; i++) {
		struct sink *sink = e->sinks[i];
		struct pollfd fd = {.fd = sink->poll_fd, .events = POLLIN};

		while (sink->stats.pending && !sink->closed && sink->poll_fd >= 0) {
			int r = poll(&fd, 1, timeout_ms);

			if (r == 0 || (r < 0 && errno != EINTR))
				return false;
			sink_flush(sink);
		}
	}
	return true;
}

void exporter_flush(struct exporter *e)
{
	if (!e->block_events)
		return;
	for (size_t i = 0; i < e->n_sinks; i++)
		sink_write(e->sinks[i], e->block.data, e->block.len, e->block_events);
	if (e->patient && !exporter_settle(e, PATIENCE_MS))
		e->patient = false;
	e->block_events = 0;
	/* One event can be long; the block does not stay so. */
	if (e->block.cap > 4 * BLOCK_BYTES)
		str_free(&e->block);
	str_reset(&e->block);
}

static void report_refused(struct exporter *e, uint64_t now)
{
	struct event event = {.type = EVENT_RATE_LIMIT_INFO, .time = clock_ns(CLOCK_BOOTTIME)};

	if (now < e->minute)
		return;
	e->minute = now + MINUTE;
	event.dropped = ratelimit_take_refused(&e->limit);
	if (!event.dropped)
		return;
	e->ledger->made[event.type]++;
	render(e, &event, messages_begin(e->messages, &event));
	messages_end(e->messages);
}

static void report_problem(struct sink *sink)
{
	if (!sink->problem)
		return;
	log_error_object(LOG_LEVEL_ERROR, sink->problem);
	error_free(&sink->problem);
}

static void report_doubt(struct event_filter *filter)
{
	_cleanup_free_ char *text = filter->failure ? error_text(filter->failure) : NULL;

	if (!filter->failure)
		return;
	log_warn("an export filter cannot tell: %s", text ? text : "out of memory");
	error_free(&filter->failure);
}

void exporter_tick(struct exporter *e)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	report_doubt(&e->filters->events);
	report_refused(e, now);
	exporter_flush(e);
	for (size_t i = 0; i < e->n_sinks; i++) {
		sink_tick(e->sinks[i], now);
		report_problem(e->sinks[i]);
	}
}

bool exporter_closed(const struct exporter *e)
{
	for (size_t i = 0; i < e->n_sinks; i++)
		if (!e->sinks[i]->closed)
			return false;
	return e->n_sinks > 0;
}
