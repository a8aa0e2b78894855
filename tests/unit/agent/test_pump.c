// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/pump.h"
#include "base/cleanup.h"
#include "fake_ring.h"
#include "sensor/loads.h"

#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#define SIZE ((size_t)64 * 1024)
/* The loop turns at least this often … */
#define TURN_MS 5
/* … and what does not come in so many turns does not come. */
#define TURNS_MAX 6000

/* In place of those of perf: something is there until it is delivered. */
struct loads {
	bool pending;
	struct scene *intruded; /* a writer wakes the pump of this one while it looks, once */
};

static void intrude(struct loads *loads);

bool loads_pending(const struct loads *loads)
{
	return loads->pending;
}

void loads_collect(struct loads *loads, bool passed)
{
}

size_t loads_before(struct loads *loads, uint64_t time, ring_fn fn, void *userdata)
{
	return 0;
}

size_t loads_flush(struct loads *loads, ring_fn fn, void *userdata)
{
	loads->pending = loads->intruded;
	if (loads->intruded)
		intrude(loads);
	return 0;
}

int loads_watch(const struct loads *loads, int epoll_fd)
{
	return 0;
}

int loads_follow(struct loads *loads, int epoll_fd)
{
	return 0;
}

/* A pump between a ring that we write to ourselves and a count of what came. */
struct scene {
	uv_loop_t loop;
	uv_timer_t guard;
	unsigned turns;
	struct fake_ring fake;
	struct ring *ring;
	int wake_fd;
	struct reader_state reader;
	struct pump *pump;
	size_t records, drained;
	bool last_was_record;
};

static void on_record(void *userdata, const void *record, size_t len)
{
	struct scene *s = userdata;

	s->records++;
	s->last_was_record = true;
}

static void on_drained(void *userdata)
{
	struct scene *s = userdata;

	/* Only after something was found. */
	assert_true(s->last_was_record);
	s->last_was_record = false;
	s->drained++;
}

static void on_guard(uv_timer_t *timer)
{
	struct scene *s = timer->data;

	if (++s->turns > TURNS_MAX)
		fail_msg("waited in vain");
}

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct pump_config config = {
		.record = on_record,
		.drained = on_drained,
	};

	if (!s)
		return -1;
	*state = s;
	fake_ring_open(&s->fake, SIZE);
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake_fd < 0 || ring_new(s->fake.fd, SIZE, 1024, &s->ring) < 0)
		return -1;
	uv_loop_init(&s->loop);
	uv_timer_init(&s->loop, &s->guard);
	s->guard.data = s;
	uv_timer_start(&s->guard, on_guard, TURN_MS, TURN_MS);
	config.loop = &s->loop;
	config.ring = s->ring;
	config.ring_fd = s->wake_fd;
	config.reader = &s->reader;
	config.userdata = s;
	return pump_new(&config, &s->pump);
}

static int teardown(void **state)
{
	struct scene *s = *state;

	pump_close(s->pump);
	uv_close((uv_handle_t *)&s->guard, NULL);
	while (uv_run(&s->loop, UV_RUN_DEFAULT))
		;
	assert_int_equal(uv_loop_close(&s->loop), 0);
	pump_free(&s->pump);
	assert_null(s->pump);
	pump_free(&s->pump);
	ring_free(&s->ring);
	fake_ring_close(&s->fake);
	close(s->wake_fd);
	free(s);
	return 0;
}

static void put(struct scene *s, size_t n)
{
	while (n-- > 0)
		fake_ring_put(&s->fake, "record", 6, 0);
}

/* As the kernel side does when the reader has said that it waits. */
static void wake(struct scene *s)
{
	const uint64_t one = 1;

	s->reader.waiting = 0;
	assert_int_equal(write(s->wake_fd, &one, sizeof(one)), sizeof(one));
}

static void intrude(struct loads *loads)
{
	struct scene *s = loads->intruded;

	loads->intruded = NULL;
	s->reader.waiting = 0;
	s->reader.hurried = 1;
	fake_ring_put(&s->fake, "", 0, BPF_RINGBUF_DISCARD_BIT);
}

static void turn_until_records(struct scene *s, size_t n)
{
	s->turns = 0;
	while (s->records < n)
		uv_run(&s->loop, UV_RUN_ONCE);
}

static void turn_until_waiting(struct scene *s, uint32_t waiting)
{
	s->turns = 0;
	while (__atomic_load_n(&s->reader.waiting, __ATOMIC_SEQ_CST) != waiting)
		uv_run(&s->loop, UV_RUN_ONCE);
}

static void turn(struct scene *s, unsigned n)
{
	for (s->turns = 0; s->turns < n;)
		uv_run(&s->loop, UV_RUN_ONCE);
}

static void drained_at_once(void **state)
{
	struct scene *s = *state;

	pump_drain(s->pump);
	assert_int_equal(s->drained, 0);
	s->reader.hurried = 1;
	put(s, 500);
	pump_drain(s->pump);
	assert_int_equal(s->records, 500);
	assert_int_equal(s->drained, 1);
	/* It has come: it may be called again. */
	assert_int_equal(s->reader.hurried, 0);
}

static void what_was_there_before_it_started(void **state)
{
	struct scene *s = *state;

	put(s, 3);
	pump_start(s->pump);
	assert_int_equal(s->records, 3);
	assert_int_equal(s->reader.waiting, 1);
}

static void an_idle_one_is_woken(void **state)
{
	struct scene *s = *state;

	pump_start(s->pump);
	assert_int_equal(s->reader.waiting, 1);
	for (size_t i = 1; i <= 5; i++) {
		/* One at a time, and with time between them. */
		put(s, 1);
		wake(s);
		turn_until_records(s, i);
		assert_int_equal(s->reader.waiting, 1);
		turn(s, 5);
	}
	assert_int_equal(s->drained, 5);
}

/* The wake-up for a record that was taken on the way is not seen. */
static void an_idle_one_waits_again_after_it_caught_up(void **state)
{
	struct scene *s = *state;

	pump_start(s->pump);
	put(s, 1);
	s->reader.waiting = 0;
	pump_catch_up(s->pump);
	assert_int_equal(s->records, 1);
	assert_int_equal(s->reader.waiting, 1);
	put(s, 1);
	wake(s);
	turn_until_records(s, 2);
}

/* The same when it was for loads that it looked. */
static void an_idle_one_waits_again_after_loads(void **state)
{
	struct scene *s = *state;
	struct loads loads = {.pending = true};

	pump_start(s->pump);
	assert_int_equal(pump_set_loads(s->pump, &loads), 0);
	put(s, 1);
	s->reader.waiting = 0;
	turn_until_records(s, 1);
	assert_false(loads.pending);
	assert_int_equal(s->reader.waiting, 1);
	put(s, 1);
	wake(s);
	turn_until_records(s, 2);
	assert_int_equal(pump_set_loads(s->pump, NULL), 0);
}

/* The writer of a record that was read before it had come to look whether somebody waits. What it
 * wakes with is an empty one: when that is read on the way, nothing is left that tells of it. */
static void a_wake_up_that_is_read_on_the_way(void **state)
{
	struct scene *s = *state;
	struct loads loads = {.pending = true, .intruded = s};

	assert_int_equal(pump_set_loads(s->pump, &loads), 0);
	pump_start(s->pump);
	assert_null(loads.intruded);
	assert_int_equal(s->records, 0);
	assert_int_equal(s->reader.waiting, 1);
	assert_int_equal(s->reader.hurried, 0);
	assert_int_equal(pump_set_loads(s->pump, NULL), 0);
}

/* Nobody wakes it for such records: those that nothing outside waits for. */
static void a_wake_brings_what_came_without(void **state)
{
	struct scene *s = *state;

	pump_start(s->pump);
	turn(s, 3);
	put(s, 4);
	turn(s, 3);
	assert_int_equal(s->records, 0);
	put(s, 1);
	wake(s);
	turn_until_records(s, 5);
}

/* One that is busy holds up what is behind it. Not everybody who ends one wakes the reader, so it
 * looks by itself. */
static void one_that_is_still_being_written(void **state)
{
	struct scene *s = *state;
	unsigned long pos;

	pos = fake_ring_put(&s->fake, "x", 1, BPF_RINGBUF_BUSY_BIT);
	put(s, 1);
	pump_start(s->pump);
	assert_int_equal(s->records, 0);
	assert_int_equal(s->reader.waiting, 0);
	fake_ring_commit(&s->fake, pos, 0);
	turn_until_records(s, 2);
	turn_until_waiting(s, 1);
}

/* Nothing but a wake-up makes an idle one look: it costs nothing. */
static void an_idle_one_sleeps(void **state)
{
	struct scene *s = *state;

	pump_start(s->pump);
	s->reader.hurried = 1;
	turn(s, 10);
	/* It takes this back whenever it looks. */
	assert_int_equal(s->reader.hurried, 1);
}

static void a_busy_one_looks_by_itself(void **state)
{
	struct scene *s = *state;

	pump_start(s->pump);
	put(s, 100);
	wake(s);
	turn_until_records(s, 100);
	assert_int_equal(s->reader.waiting, 0);
	/* From now on without being woken. */
	for (size_t i = 1; i <= 5; i++) {
		put(s, 20);
		turn_until_records(s, 100 + i * 20);
		assert_int_equal(s->reader.waiting, 0);
	}
}

static void when_it_is_quiet_it_waits_again(void **state)
{
	struct scene *s = *state;

	pump_start(s->pump);
	put(s, 100);
	wake(s);
	turn_until_records(s, 100);
	turn_until_waiting(s, 1);
	turn(s, 3);
	put(s, 1);
	wake(s);
	turn_until_records(s, 101);
	assert_int_equal(s->reader.waiting, 1);
}

static void a_backlog_wakes_a_busy_one(void **state)
{
	struct scene *s = *state;

	pump_start(s->pump);
	put(s, 100);
	wake(s);
	turn_until_records(s, 100);
	put(s, 1000);
	s->reader.hurried = 1;
	wake(s);
	turn_until_records(s, 1100);
	assert_int_equal(s->reader.hurried, 0);
	assert_int_equal(s->reader.waiting, 0);
}

/* More than it takes at a time. */
static void an_endless_supply(void **state)
{
	struct scene *s = *state;

	pump_start(s->pump);
	for (size_t i = 1; i <= 40; i++) {
		put(s, 2000);
		pump_drain(s->pump);
		assert_int_equal(s->records, i * 2000);
	}
}

static void nothing_is_a_ring(void **state)
{
	struct scene *s = *state;
	const struct pump_config config = {
		.loop = &s->loop,
		.ring = s->ring,
		.ring_fd = -1,
		.reader = &s->reader,
		.record = on_record,
		.drained = on_drained,
	};
	struct pump *pump = NULL;

	assert_true(pump_new(&config, &pump) < 0);
	assert_null(pump);
}

#define scene(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene(drained_at_once),
		scene(what_was_there_before_it_started),
		scene(an_idle_one_is_woken),
		scene(an_idle_one_waits_again_after_it_caught_up),
		scene(an_idle_one_waits_again_after_loads),
		scene(a_wake_up_that_is_read_on_the_way),
		scene(a_wake_brings_what_came_without),
		scene(an_idle_one_sleeps),
		scene(one_that_is_still_being_written),
		scene(a_busy_one_looks_by_itself),
		scene(when_it_is_quiet_it_waits_again),
		scene(a_backlog_wakes_a_busy_one),
		scene(an_endless_supply),
		scene(nothing_is_a_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
