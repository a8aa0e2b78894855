// SPDX-License-Identifier: Apache-2.0
#include "api/events.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/macro.h"
#include "filter/field_filter.h"
#include "filter/filter_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What filters take in memory has a limit each; so they are not without number. */
#define FEEDS_MAX 256
/* Of one request: as many as the options of the agent take, and what they may have in their lists.
 */
#define FILTERS_MAX 1024
#define VALUES_MAX 4096
/* CPU time that filters may take in a second: those of one feed, and those of all together.
 * Nobody's share of that is less than that of the others. */
#define FEED_NS (200 * NSEC_PER_MSEC)
#define FEEDS_NS (400 * NSEC_PER_MSEC)
/* The clock of CPU time takes longer to look at than most filters do: that of all time is good
 * enough as long as they take no longer than this, and for so many events after one that did it is
 * not, for who had to wait for the CPU is not to be charged for that. */
#define QUICK_NS (20 * 1000)
#define MEASURED_EVENTS 1000
/* By TCP; the others are for those by the socket. */
#define FEEDS_MAX_TCP (FEEDS_MAX - FEEDS_MAX / 8)

/* What was asked for, and who asked. */
struct feed {
	struct list node;
	struct event_streams *of;
	struct list streams;
	uint8_t *words; /* the request, packed */
	size_t len;
	struct event_filter filter;
	struct field_filters fields;
	uint64_t spent;    /* ns of CPU time, less what it has had since */
	unsigned measured; /* so many events that come next are, exactly */
};

struct stream {
	struct list node; /* of the feed's */
	struct feed *feed;
	struct grpc_call *call;
	uint64_t dropped; /* events that it was not told of */
};

void event_streams_init(struct event_streams *streams, const struct filter_rules *rules)
{
	streams->rules = *rules;
	list_init(&streams->feeds);
}

static void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	free(feed->words);
	event_filter_free(&feed->filter);
	field_filters_free(&feed->fields);
	free(feed);
}

static int add_filters(struct filter_list *list, Tetragon__Filter *const *v, size_t n,
		       const char *of, const struct filter_rules *rules, struct error **reterr)
{
	for (size_t i = 0; i < n; i++) {
		int r = filter_list_add(list, v[i], rules, reterr);

		if (r < 0)
			return error_wrap(reterr, r, "%s[%zu]: ", of, i);
	}
	return 0;
}

/* There is nothing to aggregate; but who asks for what makes no sense should know. */
static int check_aggregation(const Tetragon__AggregationOptions *options, struct error **reterr)
{
	const Google__Protobuf__Duration *window = options ? options->window_size : NULL;

	if (!window || (window->seconds >= 0 && window->nanos >= 0 && window->nanos < 1000000000))
		return 0;
	return error_set(reterr, -EINVAL, "aggregation_options: window_size is no time");
}

/* How many values there are in its lists. */
static size_t count_values(const Tetragon__Filter *filter)
{
	const ProtobufCMessageDescriptor *type = filter->base.descriptor;
	size_t n = 0;

	for (unsigned i = 0; i < type->n_fields; i++)
		if (type->fields[i].label == PROTOBUF_C_LABEL_REPEATED)
			n += *(const size_t *)(const void *)((const char *)filter +
							     type->fields[i].quantifier_offset);
	return n;
}

/* Each is compiled, and each event is compared with it: whoever may only read has them, too. */
static int check_size(const Tetragon__GetEventsRequest *request, struct error **reterr)
{
	size_t filters = request->n_allow_list + request->n_deny_list + request->n_field_filters;
	size_t values = 0;

	if (filters > FILTERS_MAX)
		return error_set(reterr, -E2BIG, "there are %zu filters, and the limit is %d",
				 filters, FILTERS_MAX);
	for (size_t i = 0; i < request->n_allow_list; i++)
		values += count_values(request->allow_list[i]);
	for (size_t i = 0; i < request->n_deny_list; i++)
		values += count_values(request->deny_list[i]);
	if (values > VALUES_MAX)
		return error_set(reterr, -E2BIG,
				 "there are %zu values in the filters, and the limit is %d", values,
				 VALUES_MAX);
	return 0;
}

static int read_request(struct feed *feed, const Tetragon__GetEventsRequest *request,
			const struct filter_rules *rules, struct error **reterr)
{
	int r = check_size(request, reterr);

	if (r >= 0)
		r = add_filters(&feed->filter.allow, request->allow_list, request->n_allow_list,
				"allow_list", rules, reterr);
	if (r >= 0)
		r = add_filters(&feed->filter.deny, request->deny_list, request->n_deny_list,
				"deny_list", rules, reterr);
	if (r >= 0)
		r = check_aggregation(request->aggregation_options, reterr);
	for (size_t i = 0; i < request->n_field_filters && r >= 0; i++) {
		r = field_filters_add(&feed->fields, request->field_filters[i], reterr);
		if (r < 0)
			error_wrap(reterr, r, "field_filters[%zu]: ", i);
	}
	return r;
}

static int feed_new(const Tetragon__GetEventsRequest *request, const struct filter_rules *rules,
		    struct feed **ret, struct error **reterr)
{
	size_t len = protobuf_c_message_get_packed_size(&request->base);
	struct feed *feed = calloc(1, sizeof(*feed));
	int r;

	if (!feed)
		return -ENOMEM;
	list_init(&feed->streams);
	feed->words = malloc(len + 1);
	feed->len = len;
	feed->filter.steps_max = FILTER_STEPS_MAX;
	if (!feed->words) {
		feed_free(feed);
		return -ENOMEM;
	}
	protobuf_c_message_pack(&request->base, feed->words);
	r = read_request(feed, request, rules, reterr);
	if (r < 0) {
		feed_free(feed);
		return r;
	}
	*ret = feed;
	return 0;
}

static struct feed *find_feed(struct event_streams *streams,
			      const Tetragon__GetEventsRequest *request)
{
	size_t len = protobuf_c_message_get_packed_size(&request->base);
	_cleanup_free_ uint8_t *words = malloc(len + 1);

	if (!words)
		return NULL;
	protobuf_c_message_pack(&request->base, words);
	list_for_each (item, &streams->feeds) {
		struct feed *feed = container_of(item, struct feed, node);

		if (feed->len == len && !memcmp(feed->words, words, len))
			return feed;
	}
	return NULL;
}

static void on_closed(struct grpc_call *call, void *userdata)
{
	struct stream *stream = userdata;
	struct feed *feed = stream->feed;

	list_del(&stream->node);
	free(stream);
	if (!list_empty(&feed->streams))
		return;
	list_del(&feed->node);
	feed->of->n_feeds--;
	feed_free(feed);
}

static void fail(struct grpc_call *call, int r, const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	grpc_end(call, r == -ENOMEM ? GRPC_RESOURCE_EXHAUSTED : GRPC_INVALID_ARGUMENT,
		 text ? text : "out of memory");
}

void event_streams_get(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__GetEventsRequest *request = (const void *)message;
	_cleanup_error_ struct error *err = NULL;
	struct event_streams *streams = userdata;
	struct stream *stream = calloc(1, sizeof(*stream));
	struct feed *feed = find_feed(streams, request);
	unsigned max = grpc_call_peer(call)->is_local ? FEEDS_MAX : FEEDS_MAX_TCP;
	bool is_new = !feed;
	int r = stream ? 0 : -ENOMEM;

	if (r >= 0 && is_new && streams->n_feeds >= max)
		r = error_set(&err, -ENOMEM,
			      "there are %u streams that were asked for in other words: no more",
			      max);
	if (r >= 0 && is_new)
		r = feed_new(request, &streams->rules, &feed, &err);
	if (r < 0) {
		free(stream);
		fail(call, r, err);
		return;
	}
	if (is_new) {
		feed->of = streams;
		list_add_tail(&streams->feeds, &feed->node);
		streams->n_feeds++;
	}
	stream->feed = feed;
	stream->call = call;
	list_add_tail(&feed->streams, &stream->node);
	grpc_watch(call, on_closed, stream);
	grpc_begin(call);
}

bool event_streams_any(const struct event_streams *streams)
{
	return !list_empty(&streams->feeds);
}

/* Returns whether it was, if there was anything to tell. */
static bool tell_dropped(struct stream *stream)
{
	Tetragon__GetEventsResponse event = TETRAGON__GET_EVENTS_RESPONSE__INIT;
	Tetragon__RateLimitInfo info = TETRAGON__RATE_LIMIT_INFO__INIT;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	uint64_t now = clock_ns(CLOCK_REALTIME);
	struct grpc_message *packed;

	if (!stream->dropped)
		return true;
	info.number_of_dropped_process_events = stream->dropped;
	time.seconds = (int64_t)(now / NSEC_PER_SEC);
	time.nanos = (int32_t)(now % NSEC_PER_SEC);
	event.event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_RATE_LIMIT_INFO;
	event.rate_limit_info = &info;
	event.time = &time;
	packed = grpc_message_new(&event.base);
	if (packed && grpc_send(stream->call, packed))
		stream->dropped = 0;
	grpc_message_unref(packed);
	return !stream->dropped;
}

static void give(struct feed *feed, struct grpc_message *packed)
{
	list_for_each (item, &feed->streams) {
		struct stream *stream = container_of(item, struct stream, node);

		/* Once something was dropped, nothing comes until the reader has caught up: so
		 * where the gap is can be said. */
		if ((stream->dropped && (grpc_backlog(stream->call) || !tell_dropped(stream))) ||
		    !packed || !grpc_send(stream->call, packed)) {
			stream->dropped++;
			feed->of->dropped++;
		}
	}
}

/* An event without what field filters leave out; NULL: no memory. */
static struct grpc_message *pack(struct feed *feed, const Tetragon__GetEventsResponse *event)
{
	const Tetragon__GetEventsResponse *told = field_filters_apply(&feed->fields, event, NULL);

	return told ? grpc_message_new(&told->base) : NULL;
}

/* What takes longer than it may is as a reader who is too slow: until it has had its time again,
 * events are dropped and counted. */
static bool is_due(const struct feed *feed)
{
	const struct event_streams *streams = feed->of;

	return feed->spent < FEED_NS &&
	       (streams->spent < FEEDS_NS || feed->spent < FEEDS_NS / streams->n_feeds);
}

static clockid_t clock_for(const struct feed *feed)
{
	return feed->measured ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
}

static void charge(struct feed *feed, uint64_t took)
{
	if (took > QUICK_NS)
		feed->measured = MEASURED_EVENTS;
	else if (feed->measured)
		feed->measured--;
	feed->spent += took;
	feed->of->spent += took;
}

/* Returns whether it is to be given, with *ret: as field filters leave it, if there are any; NULL:
 * no memory. */
static bool filter(struct feed *feed, const Tetragon__GetEventsResponse *event, struct lazy *lazy,
		   struct grpc_message **ret)
{
	*ret = NULL;
	if (!event_filter_pass(&feed->filter, event, lazy))
		return false;
	if (feed->fields.n && lazy_fill_all(lazy) >= 0)
		*ret = pack(feed, event);
	return true;
}

/* An event without filters; NULL: no memory. */
static struct grpc_message *pack_whole(const Tetragon__GetEventsResponse *event, struct lazy *lazy,
				       struct grpc_message **whole)
{
	if (!*whole && lazy_fill_all(lazy) >= 0)
		*whole = grpc_message_new(&event->base);
	return *whole;
}

static void put(struct feed *feed, const Tetragon__GetEventsResponse *event, struct lazy *lazy,
		struct grpc_message **whole)
{
	clockid_t clock = clock_for(feed);
	struct grpc_message *packed;
	uint64_t began;
	bool passes;

	if (event_filter_scope(&feed->filter, (uint32_t)event->event_case) == FILTER_MATCHES_NONE)
		return;
	if (!is_due(feed)) {
		event_filter_skip(&feed->filter, event);
		give(feed, NULL);
		return;
	}
	began = clock_ns(clock);
	passes = filter(feed, event, lazy, &packed);
	charge(feed, clock_ns(clock) - began);
	if (passes)
		give(feed, feed->fields.n ? packed : pack_whole(event, lazy, whole));
	grpc_message_unref(packed);
}

void event_streams_put(struct event_streams *streams, const Tetragon__GetEventsResponse *event,
		       struct lazy *lazy)
{
	struct grpc_message *whole = NULL;

	list_for_each (item, &streams->feeds)
		put(container_of(item, struct feed, node), event, lazy, &whole);
	grpc_message_unref(whole);
}

static void tick(struct feed *feed)
{
	feed->spent -= MIN(feed->spent, (uint64_t)FEED_NS);
	list_for_each (item, &feed->streams) {
		struct stream *stream = container_of(item, struct stream, node);

		if (!grpc_backlog(stream->call))
			tell_dropped(stream);
	}
	if (!feed->filter.failure)
		return;
	log_warn("a filter of a client cannot tell: %s", feed->filter.failure->message);
	error_free(&feed->filter.failure);
}

void event_streams_tick(struct event_streams *streams)
{
	streams->spent -= MIN(streams->spent, (uint64_t)FEEDS_NS);
	list_for_each (item, &streams->feeds)
		tick(container_of(item, struct feed, node));
}
