// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "core/calls.h"
#include "scene.h"

#include <stdlib.h>

/* Hits of hooks: whose they are, and when they are told. */

#define INIT KEY(1, 1, 0)
#define SHELL KEY(10, 100, 1)
#define CHILD KEY(20, 200, 1)

static void of_one_that_is_known(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);
	const struct sight *e;

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_expect(s, EVENT_EXEC, SHELL);
	scene_hit(s, hook, SHELL);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_KPROBE);
	assert_true(key_equal(&e->process, &SHELL));
	assert_true(e->in_table);
	assert_string_equal(e->binary, "/bin/sh");
	assert_int_equal(e->tid, SHELL.pid + 1);
	assert_ptr_equal(e->hook, hooks_find(s->hooks, hook));
	assert_int_equal(e->time, s->time - 1);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_EVENT), 1);
	assert_int_equal(s->ledger.made[EVENT_KPROBE], 1);
	scene_expect_nothing(s);
}

static void of_one_that_only_forked(void **state)
{
	struct scene *s = *state;
	const struct sight *e;

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_fork(s, CHILD, SHELL);
	scene_next(s);
	scene_hit(s, scene_hook(s), CHILD);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_KPROBE);
	assert_string_equal(e->binary, "/bin/sh");
	assert_true(e->parent_found);
	scene_expect_nothing(s);
}

static void of_one_that_is_not_known(void **state)
{
	struct scene *s = *state;
	const struct sight *e;

	scene_hit(s, scene_hook(s), CHILD);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_KPROBE);
	assert_true(key_equal(&e->process, &CHILD));
	assert_int_equal(e->flags, PROCESS_STRANGER);
	assert_false(e->in_table);
	assert_false(e->parent_found);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_EVENT), 1);
	/* It stays one. */
	assert_null(scene_find(s, CHILD));
}

/* The count goes up before the exec is told of. */
static void of_one_in_the_middle_of_its_exec(void **state)
{
	const struct process_key next = KEY(10, 100, 2);
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_next(s);
	scene_hit(s, hook, next);
	scene_expect(s, EVENT_KPROBE, SHELL);
	scene_exec(s, next, INIT, "/bin/ls");
	scene_expect(s, EVENT_EXEC, next);
	scene_hit(s, hook, next);
	scene_expect(s, EVENT_KPROBE, next);
	scene_expect_nothing(s);
}

static void of_one_whose_exec_may_have_been_lost(void **state)
{
	const struct process_key next = KEY(10, 100, 2);
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);

	s->lossy = true;
	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_next(s);
	scene_hit(s, hook, next);
	assert_int_equal(s->v[s->seen].flags, PROCESS_STRANGER);
	scene_expect(s, EVENT_KPROBE, next);
	/* What is known of it stays known. */
	scene_hit(s, hook, SHELL);
	scene_expect(s, EVENT_KPROBE, SHELL);
}

/* Interrupts hit hooks in the idle task of any CPU. */
static void of_the_kernel(void **state)
{
	struct scene *s = *state;

	scene_hit(s, scene_hook(s), KEY(0, 0, 0));
	scene_expect(s, EVENT_KPROBE, KEY(0, 0, 0));
	scene_hit(s, scene_hook(s), KEY(0, 12345, 0));
	scene_expect(s, EVENT_KPROBE, KEY(0, 0, 0));
	assert_true(s->v[1].in_table);
}

static void it_keeps_its_process_from_being_forgotten(void **state)
{
	struct scene *s = *state;
	uint32_t hook;

	scene_limit(s, 8, 1 << 20, false);
	hook = scene_hook(s);
	scene_exec(s, SHELL, INIT, "/bin/sh");
	for (uint32_t i = 0; i < 20; i++) {
		scene_exec(s, KEY(100 + i, 1000 + i, 1), INIT, "/bin/true");
		scene_hit(s, hook, SHELL);
	}
	assert_non_null(scene_find(s, SHELL));
}

/* It closes its files behind that. */
static void of_one_that_has_just_exited(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);
	const struct sight *e;

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_exit(s, SHELL, INIT);
	scene_hit(s, hook, SHELL);
	scene_next(s);
	scene_expect(s, EVENT_EXIT, SHELL);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_KPROBE);
	assert_string_equal(e->binary, "/bin/sh");
	assert_true(e->in_table);
	/* It does not exit twice for that. */
	scene_exit(s, SHELL, INIT);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_DUPLICATE), 1);
}

static void those_that_exited_make_room(void **state)
{
	struct scene *s = *state;
	struct table *table = tracker_table(s->tracker);
	uint32_t hook = scene_hook(s);

	for (uint32_t i = 0; i < 1000; i++) {
		struct process_key key = KEY(100 + i, 1000 + i, 1);

		scene_exec(s, key, INIT, "/bin/true");
		scene_exit(s, key, INIT);
	}
	/* And the kernel. */
	assert_int_equal(table_get_stats(table)->entries, 128 + 1);
	assert_null(scene_find(s, KEY(100 + 1000 - 129, 1000 + 1000 - 129, 1)));
	assert_non_null(scene_find(s, KEY(100 + 1000 - 128, 1000 + 1000 - 128, 1)));
	assert_int_equal(table_get_stats(table)->forgotten_dead, 0);
	hooks_remove(s->hooks, hook);
	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_exit(s, SHELL, INIT);
	assert_null(scene_find(s, SHELL));
	/* Without hooks there is none in the end. */
	for (uint32_t i = 0; i < 128; i++) {
		struct process_key key = KEY(100 + i, 5000 + i, 1);

		scene_exec(s, key, INIT, "/bin/true");
		scene_exit(s, key, INIT);
	}
	assert_int_equal(table_get_stats(table)->entries, 1);
}

/* Its child keeps it, when it does not linger any more. */
static void a_parent_that_exited(void **state)
{
	struct scene *s = *state;

	scene_hook(s);
	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_fork(s, CHILD, SHELL);
	scene_exit(s, SHELL, INIT);
	for (uint32_t i = 0; i < 128; i++) {
		struct process_key key = KEY(100 + i, 1000 + i, 1);

		assert_true(scene_find(s, SHELL)->flags & PROCESS_LINGERS);
		scene_exec(s, key, INIT, "/bin/true");
		scene_exit(s, key, INIT);
	}
	assert_false(scene_find(s, SHELL)->flags & PROCESS_LINGERS);
	scene_exit(s, CHILD, SHELL);
	assert_non_null(scene_find(s, SHELL));
	for (uint32_t i = 0; i < 128; i++) {
		struct process_key key = KEY(300 + i, 3000 + i, 1);

		scene_exec(s, key, INIT, "/bin/true");
		scene_exit(s, key, INIT);
	}
	assert_null(scene_find(s, CHILD));
	assert_null(scene_find(s, SHELL));
}

/* --- hooks that are not there */

static void of_a_hook_that_was_removed(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);

	hooks_remove(s->hooks, hook);
	scene_hook(s);
	scene_hit(s, hook, CHILD);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_LATE), 1);
}

static void of_a_hook_that_never_was(void **state)
{
	struct scene *s = *state;

	scene_hit(s, 0, CHILD);
	scene_hit(s, scene_hook(s) + 1, CHILD);
	scene_hit(s, UINT32_MAX, CHILD);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_MALFORMED), 3);
}

static void without_any_hooks(void **state)
{
	struct scene *s = *state;
	struct hooks *hooks = s->hooks;

	s->hooks = NULL;
	scene_limit(s, 100, 1 << 20, false);
	scene_hit(s, 1, CHILD);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_MALFORMED), 1);
	s->hooks = hooks;
}

static void of_other_values_than_the_hook_has(void **state)
{
	_cleanup_str_ struct str none = STR_INIT, text = STR_INIT;
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);

	put_hook(&none, &(struct record_hook){.hook = hook});
	scene_give(s, &none);
	put_hook(&text, &(struct record_hook){.hook = hook});
	put_hook_arg(&text, HOOK_ARG_READ, BYTES("text\0"));
	scene_give(s, &text);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_MALFORMED), 2);
}

static void what_is_cut_off_is_counted(void **state)
{
	static const enum hook_arg_status status[] = {HOOK_ARG_NO_ROOM, HOOK_ARG_FAULT,
						      HOOK_ARG_READ};
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);

	for (size_t i = 0; i < ARRAY_SIZE(status); i++) {
		_cleanup_str_ struct str r = STR_INIT;
		size_t len = status[i] == HOOK_ARG_READ ? 8 : 0;

		put_hook(&r, &(struct record_hook){.hook = hook});
		put_hook_arg(&r, status[i], (struct bytes){"12345678", len});
		scene_give(s, &r);
		assert_int_equal(s->ledger.truncated, 1);
	}
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_EVENT), 3);
}

/* --- while the walk over the tasks goes on */

static void one_that_was_found_is_announced_first(void **state)
{
	struct scene *s = *state;

	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_expect_nothing(s);
	scene_hit(s, scene_hook(s), SHELL);
	scene_expect(s, EVENT_EXEC, SHELL);
	scene_expect(s, EVENT_KPROBE, SHELL);
	tracker_scan_done(s->tracker);
	scene_expect_nothing(s);
}

static void one_that_is_not_found_yet_is_waited_for(void **state)
{
	struct scene *s = *state;
	uint64_t time = s->time;

	scene_hit(s, scene_hook(s), SHELL);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), 1);
	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_expect_nothing(s);
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, SHELL);
	assert_int_equal(s->v[s->seen].time, time);
	assert_string_equal(s->v[s->seen].binary, "/bin/sh");
	scene_expect(s, EVENT_KPROBE, SHELL);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), 0);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_EVENT), 1);
}

/* Forked by one that was not reported yet: what it runs is not known. */
static void one_without_an_image_is_waited_for(void **state)
{
	struct scene *s = *state;
	struct process_key *missing;

	scene_fork(s, CHILD, SHELL);
	scene_hit(s, scene_hook(s), CHILD);
	scene_expect_nothing(s);
	scene_task(s, SHELL, INIT, "/bin/sh");
	assert_true(tracker_missing(s->tracker, &missing) >= 0);
	free(missing);
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, SHELL);
	assert_string_equal(s->v[s->seen].binary, "/bin/sh");
	scene_expect(s, EVENT_KPROBE, CHILD);
	scene_expect_nothing(s);
}

static void one_that_is_never_found_is_told_all_the_same(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);

	scene_hit(s, hook, SHELL);
	scene_hit(s, hook, CHILD);
	scene_exit(s, SHELL, INIT);
	scene_expect_nothing(s);
	tracker_scan_done(s->tracker);
	assert_int_equal(s->v[s->seen].flags, PROCESS_STRANGER);
	scene_expect(s, EVENT_KPROBE, SHELL);
	scene_expect(s, EVENT_KPROBE, CHILD);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_EVENT), 2);
}

static void a_hook_that_is_removed_while_its_hit_waits(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);

	scene_hit(s, hook, SHELL);
	hooks_remove(s->hooks, hook);
	tracker_scan_done(s->tracker);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), 0);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_LATE), 1);
}

static void so_much_can_wait(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_hook(s);
	uint64_t waiting;
	unsigned n = 0;

	while (s->n == 0 && n < 1000000) {
		scene_hit(s, hook, CHILD);
		n++;
	}
	waiting = scene_count(s, RECORD_HOOK, OUTCOME_PENDING);
	assert_int_equal(waiting, n - 1);
	assert_int_equal(waiting, (4 << 20) / (sizeof(struct record_hook) + 16));
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_EVENT), 1);
	assert_int_equal(s->v[0].flags, PROCESS_STRANGER);
	tracker_scan_done(s->tracker);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_EVENT), n);
}

static void some_wait_to_the_end(void **state)
{
	struct scene *s = *state;

	scene_hit(s, scene_hook(s), SHELL);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), 1);
}

#define scene(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
#define scanning(f) cmocka_unit_test_setup_teardown(f, scene_setup_scanning, scene_teardown)

static void a_call_is_told_when_it_returns(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_returning_hook(s);
	const struct sight *e;
	uint64_t first, second;

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_next(s);
	first = scene_call(s, hook, SHELL);
	second = scene_call(s, hook, SHELL);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), 2);
	scene_return(s, hook, SHELL, second, false);
	e = scene_next(s);
	assert_int_equal(e->time, second);
	assert_true(e->returned);
	scene_return(s, hook, SHELL, first, false);
	assert_int_equal(scene_next(s)->time, first);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), 0);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_EVENT), 2);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_ABSORBED), 2);
	/* Once. */
	scene_return(s, hook, SHELL, first, false);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_UNUSED), 1);
}

static void a_call_that_is_withdrawn(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_returning_hook(s);

	scene_return(s, hook, SHELL, scene_call(s, hook, SHELL), true);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_WITHDRAWN), 1);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_ABSORBED), 1);
}

static void a_call_that_never_returns_is_told_before_the_exit(void **state)
{
	const struct process_key next = KEY(10, 100, 2);
	struct scene *s = *state;
	uint32_t hook = scene_returning_hook(s);

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_next(s);
	scene_call(s, hook, SHELL);
	scene_exec(s, next, INIT, "/bin/ls");
	scene_expect(s, EVENT_EXEC, next);
	scene_call(s, hook, CHILD);
	scene_exit(s, next, INIT);
	assert_false(s->v[s->seen].returned);
	assert_int_equal(s->v[s->seen].type, EVENT_KPROBE);
	scene_next(s);
	scene_expect(s, EVENT_EXIT, next);
	/* That of another waits on. */
	scene_expect_nothing(s);
	tracker_finish(s->tracker);
	scene_expect(s, EVENT_KPROBE, CHILD);
}

static void so_many_calls_can_wait(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_returning_hook(s);

	for (int i = 0; i < CALLS_MAX; i++)
		scene_call(s, hook, SHELL);
	scene_expect_nothing(s);
	scene_call(s, hook, SHELL);
	assert_false(scene_next(s)->returned);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), CALLS_MAX);
}

static void a_call_whose_hook_is_about_to_be_removed(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_returning_hook(s), other = scene_returning_hook(s);

	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_next(s);
	scene_call(s, other, SHELL);
	scene_call(s, hook, SHELL);
	scene_call(s, hook, SHELL);
	hooks_end(s->hooks, hook);
	tracker_end_hooks(s->tracker);
	assert_false(scene_next(s)->returned);
	assert_false(scene_next(s)->returned);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), 1);
}

static void a_call_whose_hook_was_removed(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_returning_hook(s);

	scene_call(s, hook, SHELL);
	hooks_remove(s->hooks, hook);
	tracker_finish(s->tracker);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_LATE), 1);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), 0);
}

static void a_call_and_its_return_wait_for_the_process(void **state)
{
	struct scene *s = *state;
	uint32_t hook = scene_returning_hook(s);
	uint64_t time = scene_call(s, hook, SHELL);

	scene_return(s, hook, SHELL, time, false);
	scene_expect_nothing(s);
	scene_task(s, SHELL, INIT, "/bin/sh");
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, SHELL);
	assert_true(s->v[s->seen].returned);
	scene_expect(s, EVENT_KPROBE, SHELL);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_HOOK, OUTCOME_PENDING), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene(of_one_that_is_known),
		scene(of_one_that_only_forked),
		scene(of_one_that_is_not_known),
		scene(of_one_in_the_middle_of_its_exec),
		scene(of_one_whose_exec_may_have_been_lost),
		scene(of_the_kernel),
		scene(it_keeps_its_process_from_being_forgotten),
		scene(of_one_that_has_just_exited),
		scene(those_that_exited_make_room),
		scene(a_parent_that_exited),
		scene(of_a_hook_that_was_removed),
		scene(of_a_hook_that_never_was),
		scene(without_any_hooks),
		scene(of_other_values_than_the_hook_has),
		scene(what_is_cut_off_is_counted),
		scanning(one_that_was_found_is_announced_first),
		scanning(one_that_is_not_found_yet_is_waited_for),
		scanning(one_without_an_image_is_waited_for),
		scanning(one_that_is_never_found_is_told_all_the_same),
		scanning(a_hook_that_is_removed_while_its_hit_waits),
		scanning(so_much_can_wait),
		scanning(some_wait_to_the_end),
		scene(a_call_is_told_when_it_returns),
		scene(a_call_that_is_withdrawn),
		scene(a_call_that_never_returns_is_told_before_the_exit),
		scene(so_many_calls_can_wait),
		scene(a_call_whose_hook_is_about_to_be_removed),
		scene(a_call_whose_hook_was_removed),
		scanning(a_call_and_its_return_wait_for_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
