// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/exporter.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "event/scarce.h"
#include "export/lines.h"
#include "message/fixed_clock.h"

#include <stdlib.h>
#include <sys/mman.h>

#define BLOCK ((size_t)64 * 1024)

/* A sink that takes everything and remembers how it came. */
struct fake_sink {
	struct sink sink;
	struct str all;
	unsigned writes, events, ticks;
	size_t longest;
	uint64_t ticked_at;
	bool *freed;
};

static struct fake_sink *fake(struct sink *sink)
{
	return container_of(sink, struct fake_sink, sink);
}

static void fake_write(struct sink *sink, const char *data, size_t len, unsigned events)
{
	struct fake_sink *f = fake(sink);

	assert_int_equal(lines_count(data, len), events);
	assert_int_equal(data[len - 1], '\n');
	str_append(&f->all, data, len);
	f->longest = MAX(f->longest, len);
	f->writes++;
	f->events += events;
}

static void fake_flush(struct sink *sink)
{
}

static void fake_tick(struct sink *sink, uint64_t now_ns)
{
	fake(sink)->ticks++;
	fake(sink)->ticked_at = now_ns;
}

static void fake_free(struct sink *sink)
{
	struct fake_sink *f = fake(sink);

	*f->freed = true;
	error_free(&sink->problem);
	str_free(&f->all);
	free(f);
}

static const struct sink_ops fake_ops = {fake_write, fake_flush, fake_tick, fake_free};

struct scene {
	struct tracker *tracker;
	struct messages *messages;
	struct ledger ledger;
	struct export_filters filters;
	struct exporter exporter;
	struct fake_sink *sinks[2];
	bool freed[2];
};

static void on_event(void *userdata, const struct event *event)
{
}

static void start(struct scene *s, size_t n_sinks, int64_t per_minute)
{
	exporter_init(&s->exporter, s->messages, &s->ledger, &s->filters, per_minute);
	for (size_t i = 0; i < n_sinks; i++) {
		s->sinks[i] = calloc(1, sizeof(*s->sinks[i]));
		assert_non_null(s->sinks[i]);
		s->sinks[i]->sink = (struct sink){.ops = &fake_ops, .name = "fake", .poll_fd = -1};
		s->sinks[i]->freed = &s->freed[i];
		exporter_add(&s->exporter, &s->sinks[i]->sink);
	}
}

static int setup(void **state)
{
	const struct tracker_config tracker = {
		.table = {100, 1 << 20}, .max_cgroups = 10, .event = on_event};
	const struct message_config messages = {
		.node_name = "node", .cluster_name = "", .proc = "/nonexistent"};
	struct scene *s = calloc(1, sizeof(*s));

	if (!s || tracker_new(&tracker, &s->ledger, &s->tracker) < 0)
		return -1;
	*state = s;
	return messages_new(&messages, s->tracker, &s->ledger, &s->messages);
}

static int teardown(void **state)
{
	struct scene *s = *state;
	bool balanced = ledger_balanced(&s->ledger);

	exporter_done(&s->exporter);
	export_filters_done(&s->filters);
	messages_free(&s->messages);
	tracker_free(&s->tracker);
	free(s);
	if (!balanced)
		print_error("the ledger does not balance\n");
	return balanced ? 0 : -1;
}

/* An event whose line is as long as its text makes it. */
static void give(struct scene *s, const char *text)
{
	const struct event event = {.type = EVENT_THROTTLE, .cgroup = text};

	s->ledger.made[EVENT_THROTTLE]++;
	exporter_event(&s->exporter, &event);
	messages_end(s->messages);
}

static const char *all(struct fake_sink *f)
{
	return str_cstr(&f->all);
}

static void without_an_output(void **state)
{
	struct scene *s = *state;

	start(s, 0, 1);
	for (int i = 0; i < 10; i++)
		give(s, "x");
	exporter_flush(&s->exporter);
	exporter_tick(&s->exporter);
	/* Nobody to be spared. */
	assert_int_equal(s->ledger.exported[EVENT_THROTTLE], 10);
	assert_int_equal(s->ledger.limited[EVENT_THROTTLE], 0);
	assert_null(s->exporter.block.data);
	assert_false(exporter_closed(&s->exporter));
}

static void events_wait_for_the_flush(void **state)
{
	struct scene *s = *state;

	start(s, 1, -1);
	give(s, "first");
	give(s, "second");
	assert_int_equal(s->sinks[0]->writes, 0);
	exporter_flush(&s->exporter);
	assert_int_equal(s->sinks[0]->writes, 1);
	assert_int_equal(s->sinks[0]->events, 2);
	assert_true(strstr(all(s->sinks[0]), "first") < strstr(all(s->sinks[0]), "second"));
	/* Once. */
	exporter_flush(&s->exporter);
	assert_int_equal(s->sinks[0]->writes, 1);
	assert_int_equal(s->ledger.exported[EVENT_THROTTLE], 2);
}

static void every_sink_gets_the_same(void **state)
{
	struct scene *s = *state;

	start(s, 2, -1);
	for (int i = 0; i < 100; i++)
		give(s, "x");
	exporter_flush(&s->exporter);
	assert_int_equal(s->sinks[0]->events, 100);
	assert_int_equal(s->sinks[1]->events, 100);
	assert_string_equal(all(s->sinks[0]), all(s->sinks[1]));
	/* Counted once. */
	assert_int_equal(s->ledger.exported[EVENT_THROTTLE], 100);
}

static void a_full_block_goes_by_itself(void **state)
{
	struct scene *s = *state;
	char text[1001];

	memset(text, 'x', 1000);
	text[1000] = '\0';
	start(s, 1, -1);
	for (int i = 0; i < 200; i++)
		give(s, text);
	assert_true(s->sinks[0]->writes >= 3);
	assert_true(s->sinks[0]->longest >= BLOCK);
	assert_true(s->sinks[0]->longest < BLOCK + 1200);
	exporter_flush(&s->exporter);
	assert_int_equal(s->sinks[0]->events, 200);
}

static void a_long_event_does_not_keep_its_memory(void **state)
{
	struct scene *s = *state;
	char *text = malloc(1000001);

	assert_non_null(text);
	memset(text, 'x', 1000000);
	text[1000000] = '\0';
	start(s, 1, -1);
	give(s, "before");
	give(s, text);
	assert_int_equal(s->sinks[0]->writes, 1);
	assert_int_equal(s->sinks[0]->events, 2);
	assert_true(s->exporter.block.cap <= 4 * BLOCK);
	give(s, "behind");
	exporter_flush(&s->exporter);
	assert_int_equal(s->sinks[0]->events, 3);
	free(text);
}

static void the_rate_is_limited(void **state)
{
	const struct fixed_clock saved = fixed_clock;
	struct scene *s = *state;

	start(s, 1, 6);
	for (int i = 0; i < 10; i++)
		give(s, "x");
	assert_int_equal(s->ledger.exported[EVENT_THROTTLE], 6);
	assert_int_equal(s->ledger.limited[EVENT_THROTTLE], 4);
	/* One in ten seconds. */
	fixed_clock.monotonic += SECONDS(10);
	give(s, "x");
	give(s, "x");
	assert_int_equal(s->ledger.exported[EVENT_THROTTLE], 7);
	assert_int_equal(s->ledger.limited[EVENT_THROTTLE], 5);
	exporter_flush(&s->exporter);
	assert_int_equal(s->sinks[0]->events, 7);
	fixed_clock = saved;
}

static void nothing_passes_a_limit_of_0(void **state)
{
	struct scene *s = *state;

	start(s, 1, 0);
	give(s, "x");
	exporter_flush(&s->exporter);
	assert_int_equal(s->sinks[0]->events, 0);
	assert_int_equal(s->ledger.limited[EVENT_THROTTLE], 1);
}

static void refused_events_are_told_each_minute(void **state)
{
	const struct fixed_clock saved = fixed_clock;
	struct scene *s = *state;

	start(s, 2, 2);
	for (int i = 0; i < 5; i++)
		give(s, "x");
	exporter_tick(&s->exporter);
	assert_int_equal(s->ledger.made[EVENT_RATE_LIMIT_INFO], 0);
	fixed_clock.monotonic += SECONDS(60) - 1;
	exporter_tick(&s->exporter);
	assert_int_equal(s->ledger.made[EVENT_RATE_LIMIT_INFO], 0);
	fixed_clock.monotonic += 1;
	exporter_tick(&s->exporter);
	assert_int_equal(s->ledger.made[EVENT_RATE_LIMIT_INFO], 1);
	assert_int_equal(s->ledger.exported[EVENT_RATE_LIMIT_INFO], 1);
	assert_non_null(strstr(all(s->sinks[0]), "{\"rate_limit_info\":{"
						 "\"number_of_dropped_process_events\":\"3\"},"
						 "\"node_name\":\"node\","
						 "\"time\":\"2026-11-18T11:08:20Z\"}\n"));
	assert_string_equal(all(s->sinks[0]), all(s->sinks[1]));

	/* Nothing was refused since. */
	fixed_clock.monotonic += SECONDS(60);
	exporter_tick(&s->exporter);
	assert_int_equal(s->ledger.made[EVENT_RATE_LIMIT_INFO], 1);
	/* This report does not use up what the limit leaves. */
	give(s, "x");
	give(s, "x");
	give(s, "x");
	fixed_clock.monotonic += SECONDS(60);
	exporter_tick(&s->exporter);
	assert_int_equal(s->ledger.made[EVENT_RATE_LIMIT_INFO], 2);
	assert_int_equal(s->ledger.limited[EVENT_THROTTLE], 4);
	fixed_clock = saved;
}

static void a_tick_is_passed_on(void **state)
{
	struct scene *s = *state;

	start(s, 2, -1);
	give(s, "x");
	exporter_tick(&s->exporter);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(s->sinks[i]->ticks, 1);
		assert_int_equal(s->sinks[i]->ticked_at, fixed_clock.monotonic);
		/* What had been collected went first. */
		assert_int_equal(s->sinks[i]->events, 1);
	}
}

static void problems_are_logged_once(void **state)
{
	char buf[1024] = "";
	struct scene *s = *state;
	int saved = dup(STDERR_FILENO), fd = memfd_create("stderr", MFD_CLOEXEC);

	assert_true(saved >= 0 && fd >= 0);
	start(s, 2, -1);
	error_set(&s->sinks[1]->sink.problem, -5, "cannot write to fake");
	dup2(fd, STDERR_FILENO);
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	exporter_tick(&s->exporter);
	exporter_tick(&s->exporter);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_null(s->sinks[1]->sink.problem);
	assert_true(pread(fd, buf, sizeof(buf) - 1, 0) > 0);
	close(fd);
	assert_non_null(strstr(buf, "level=error"));
	assert_non_null(strstr(buf, "cannot write to fake"));
	assert_int_equal(lines_count(buf, strlen(buf)), 1);
}

static void it_is_over_when_all_sinks_are(void **state)
{
	struct scene *s = *state;

	start(s, 2, -1);
	assert_false(exporter_closed(&s->exporter));
	s->sinks[0]->sink.closed = true;
	assert_false(exporter_closed(&s->exporter));
	s->sinks[1]->sink.closed = true;
	assert_true(exporter_closed(&s->exporter));
}

static void filtered_events_are_counted(void **state)
{
	static const char allow[] = "{\"event_set\":[\"PROCESS_THROTTLE\"]}";
	static const char deny[] = "{\"cel_expression\":[\"process_throttle.cgroup == 'no'\"]}";
	static const char fields[] = "{\"fields\":\"type\",\"action\":\"EXCLUDE\"}";
	struct scene *s = *state;
	const struct event other = {.type = EVENT_RATE_LIMIT_INFO};

	assert_int_equal(
		filter_list_read(&s->filters.events.allow, allow, strlen(allow), "x", NULL, NULL),
		0);
	assert_int_equal(
		filter_list_read(&s->filters.events.deny, deny, strlen(deny), "x", NULL, NULL), 0);
	assert_int_equal(field_filters_read(&s->filters.fields, fields, strlen(fields), "x", NULL),
			 0);
	start(s, 1, 1);
	give(s, "no");
	give(s, "yes");
	s->ledger.made[EVENT_RATE_LIMIT_INFO]++;
	exporter_event(&s->exporter, &other);
	exporter_flush(&s->exporter);
	/* Those that are not wanted do not take the place of others. */
	assert_int_equal(s->sinks[0]->events, 1);
	assert_string_equal(all(s->sinks[0]),
			    "{\"process_throttle\":{\"cgroup\":\"yes\"},"
			    "\"node_name\":\"node\",\"time\":\"2026-11-18T11:06:40Z\"}\n");
	assert_int_equal(s->ledger.filtered[EVENT_THROTTLE], 1);
	assert_int_equal(s->ledger.filtered[EVENT_RATE_LIMIT_INFO], 1);
	assert_int_equal(s->ledger.limited[EVENT_THROTTLE], 0);
}

static void sinks_are_freed(void **state)
{
	struct scene *s = *state;

	start(s, 2, -1);
	give(s, "left");
	exporter_done(&s->exporter);
	export_filters_done(&s->filters);
	assert_true(s->freed[0] && s->freed[1]);
	exporter_init(&s->exporter, s->messages, &s->ledger, &s->filters, -1);
}

static void what_memory_does_not_suffice_for_is_counted(void **state)
{
	struct scene *s = *state;
	_cleanup_free_ char *text = malloc(5001);
	bool failed = false;

	memset(text, 'x', 5000);
	text[5000] = '\0';
	start(s, 1, -1);
	give(s, "before");
	for (unsigned n = 0; n < 20 && !failed; n++) {
		scarce_after(n);
		give(s, text);
		scarce_end();
		failed = s->ledger.unrendered[EVENT_THROTTLE] > 0;
	}
	assert_true(failed);
	give(s, "behind");
	exporter_flush(&s->exporter);
	/* The others are whole. */
	assert_int_equal(s->sinks[0]->events, s->ledger.exported[EVENT_THROTTLE]);
	assert_non_null(strstr(all(s->sinks[0]), "before"));
	assert_non_null(strstr(all(s->sinks[0]), "behind"));
}

#define scene(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene(without_an_output),
		scene(events_wait_for_the_flush),
		scene(every_sink_gets_the_same),
		scene(a_full_block_goes_by_itself),
		scene(a_long_event_does_not_keep_its_memory),
		scene(the_rate_is_limited),
		scene(nothing_passes_a_limit_of_0),
		scene(refused_events_are_told_each_minute),
		scene(a_tick_is_passed_on),
		scene(problems_are_logged_once),
		scene(it_is_over_when_all_sinks_are),
		scene(filtered_events_are_counted),
		scene(sinks_are_freed),
		scene(what_memory_does_not_suffice_for_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
