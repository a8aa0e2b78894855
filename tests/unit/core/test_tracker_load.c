// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "core/mapped.h"
#include "scene.h"

/* Files that are mapped: whose they are, and when they are told. */

#define INIT KEY(1, 1, 0)
#define SHELL KEY(10, 100, 1)
#define NEXT KEY(10, 100, 2)
#define CHILD KEY(20, 200, 1)

static int setup(void **state)
{
	struct scene *s;

	if (scene_setup(state) < 0)
		return -1;
	s = *state;
	/* Long after the machine has started. */
	s->time = 1000 * MAPPED_WAIT_NS;
	return 0;
}

static void map(struct scene *s, uint32_t pid, const char *path)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_load(&r, &(struct record_load){.pid = pid, .tid = pid + 1}, path);
	scene_give(s, &r);
}

static void expect(struct scene *s, struct process_key process, uint32_t flags)
{
	const struct sight *e = scene_next(s);

	assert_int_equal(e->type, EVENT_LOADER);
	assert_true(key_equal(&e->process, &process));
	assert_int_equal(e->flags & PROCESS_STRANGER, flags);
}

static void of_one_that_is_known(void **state)
{
	struct scene *s = *state;

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_expect(s, EVENT_EXEC, SHELL);
	map(s, SHELL.pid, "/a");
	expect(s, SHELL, 0);
	map(s, SHELL.pid, "/a");
	map(s, SHELL.pid, "/b");
	expect(s, SHELL, 0);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_LOAD, OUTCOME_EVENT), 2);
	assert_int_equal(scene_count(s, RECORD_LOAD, OUTCOME_DUPLICATE), 1);
}

/* What an execve(2) maps is told behind it, as its. */
static void of_the_next_image(void **state)
{
	struct scene *s = *state;

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_next(s);
	map(s, SHELL.pid, "/old");
	expect(s, SHELL, 0);
	map(s, SHELL.pid, NULL);
	map(s, SHELL.pid, "/new");
	map(s, SHELL.pid, "/new");
	map(s, SHELL.pid, "/old");
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_LOAD, OUTCOME_PENDING), 2);
	scene_exec(s, NEXT, SHELL, "/new");
	scene_expect(s, EVENT_EXEC, NEXT);
	expect(s, NEXT, 0);
	expect(s, NEXT, 0);
	map(s, SHELL.pid, "/more");
	expect(s, NEXT, 0);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_LOAD, OUTCOME_PENDING), 0);
	assert_int_equal(scene_count(s, RECORD_LOAD, OUTCOME_ABSORBED), 1);
}

static void of_one_that_dies_in_its_execve(void **state)
{
	struct scene *s = *state;

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_next(s);
	map(s, SHELL.pid, NULL);
	map(s, SHELL.pid, "/new");
	scene_exit(s, SHELL, INIT);
	expect(s, SHELL, 0);
	scene_expect(s, EVENT_EXIT, SHELL);
	scene_expect_nothing(s);
}

static void nobody_waits_for_ever(void **state)
{
	struct scene *s = *state;

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_next(s);
	map(s, SHELL.pid, NULL);
	map(s, SHELL.pid, "/new");
	tracker_tick(s->tracker, s->time);
	scene_expect_nothing(s);
	tracker_tick(s->tracker, s->time + MAPPED_WAIT_NS);
	expect(s, SHELL, 0);
	/* What it executed may have been lost. */
	s->lossy = true;
	map(s, SHELL.pid, "/other");
	tracker_finish(s->tracker);
	expect(s, NEXT, PROCESS_STRANGER);
}

static void of_one_that_is_not_known(void **state)
{
	struct scene *s = *state;

	map(s, CHILD.pid, NULL);
	map(s, CHILD.pid, "/a");
	expect(s, KEY(20, 0, 0), PROCESS_STRANGER);
}

/* Who has the pid by now was not yet there. */
static void of_no_later_one(void **state)
{
	struct scene *s = *state;
	struct process_key later = KEY(20, 2000 * MAPPED_WAIT_NS, 1);

	scene_exec(s, later, INIT, "/bin/sh");
	scene_next(s);
	map(s, later.pid, "/a");
	expect(s, KEY(20, 0, 0), PROCESS_STRANGER);
	s->time = later.start + 1;
	map(s, later.pid, "/a");
	expect(s, later, 0);
}

/* Nor one that had it before. */
static void of_none_that_has_gone(void **state)
{
	struct scene *s = *state;

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_fork(s, CHILD, SHELL);
	scene_exit(s, SHELL, INIT);
	scene_next(s);
	scene_next(s);
	assert_non_null(scene_find(s, SHELL));
	map(s, SHELL.pid, "/a");
	expect(s, KEY(10, 0, 0), PROCESS_STRANGER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(of_one_that_is_known, setup, scene_teardown),
		cmocka_unit_test_setup_teardown(of_the_next_image, setup, scene_teardown),
		cmocka_unit_test_setup_teardown(of_one_that_dies_in_its_execve, setup,
						scene_teardown),
		cmocka_unit_test_setup_teardown(nobody_waits_for_ever, setup, scene_teardown),
		cmocka_unit_test_setup_teardown(of_one_that_is_not_known, setup, scene_teardown),
		cmocka_unit_test_setup_teardown(of_no_later_one, setup, scene_teardown),
		cmocka_unit_test_setup_teardown(of_none_that_has_gone, setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
