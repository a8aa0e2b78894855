// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/worker.h"

#include <pthread.h>
#include <signal.h>

#define TIMES 3

struct scene {
	uv_loop_t loop;
	struct worker *worker;
	pthread_t loop_thread, work_thread;
	unsigned worked, done;
	sigset_t blocked;
};

static void work(void *userdata)
{
	struct scene *s = userdata;

	s->work_thread = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &s->blocked);
	s->worked++;
}

/* It may start the next. */
static void done(void *userdata)
{
	struct scene *s = userdata;

	assert_true(pthread_equal(pthread_self(), s->loop_thread));
	assert_false(worker_busy(s->worker));
	assert_int_equal(s->worked, ++s->done);
	if (s->done < TIMES)
		assert_int_equal(worker_start(s->worker), 0);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
	uv_close(handle, NULL);
}

static void works_beside_the_loop(void **state)
{
	struct scene s = {.loop_thread = pthread_self()};
	const struct worker_config config = {&s.loop, work, done, &s};

	uv_loop_init(&s.loop);
	assert_int_equal(worker_new(&config, &s.worker), 0);
	assert_false(worker_busy(s.worker));
	assert_int_equal(worker_start(s.worker), 0);
	assert_true(worker_busy(s.worker));
	assert_int_equal(s.done, 0);
	worker_settle(s.worker);
	assert_int_equal(s.done, TIMES);
	assert_false(pthread_equal(s.work_thread, s.loop_thread));
	/* Signals are the loop's. */
	assert_true(sigismember(&s.blocked, SIGHUP));
	worker_settle(s.worker);
	uv_walk(&s.loop, close_handle, NULL);
	uv_run(&s.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&s.loop), 0);
	worker_free(&s.worker);
	assert_null(s.worker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works_beside_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
