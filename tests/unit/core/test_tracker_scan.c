// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "scene.h"

#include <stdlib.h>

/* The tracker while the processes that were there before the agent are being reported, among the
 * records of what happens meanwhile. */

#define KERNEL KEY(0, 0, 0)
#define INIT KEY(1, 10, 0)
#define SHELL KEY(10, 100, 1)
#define CHILD KEY(20, 200, 1)

static unsigned count_events(const struct scene *s, enum event_type type, struct process_key key)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->v[i].type == type && key_equal(&s->v[i].process, &key);
	return n;
}

static void nothing_is_told_until_all_are_known(void **state)
{
	struct scene *s = *state;
	const struct sight *e;

	/* In the order of pids, not of age. */
	scene_task(s, KEY(5, 300, 2), SHELL, "/bin/vi");
	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_task(s, INIT, KERNEL, "/sbin/init");
	scene_expect_nothing(s);
	tracker_scan_done(s->tracker);

	e = scene_next(s);
	assert_true(key_equal(&e->process, &INIT));
	assert_int_equal(e->type, EVENT_EXEC);
	assert_string_equal(e->binary, "/sbin/init");
	assert_true(e->parent_found); /* <kernel> */
	assert_int_equal(e->flags & (PROCESS_OLDER | PROCESS_ANNOUNCED | PROCESS_CLONED),
			 PROCESS_OLDER | PROCESS_ANNOUNCED);
	/* When an older one executed what it runs is not known: since it started. */
	assert_int_equal(e->time, INIT.start);
	assert_int_equal(e->children, 1);
	scene_expect(s, EVENT_EXEC, SHELL);
	e = scene_next(s);
	assert_true(key_equal(&e->process, &KEY(5, 300, 2)));
	assert_true(e->parent_found);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_TASK, OUTCOME_EVENT), 3);

	/* Once. */
	tracker_scan_done(s->tracker);
	scene_expect_nothing(s);
}

static void of_the_same_age_the_smaller_pid_comes_first(void **state)
{
	static const uint32_t pids[] = {7, 3, 900000, 5, 4};
	struct scene *s = *state;
	uint32_t last = 0;

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		scene_task(s, KEY(pids[i], 50, 0), KERNEL, "/x");
	tracker_scan_done(s->tracker);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		const struct sight *e = scene_next(s);

		assert_true(e->process.pid > last);
		last = e->process.pid;
	}
}

static void a_process_is_reported_by_several_threads(void **state)
{
	struct scene *s = *state;

	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_task(s, SHELL, INIT, "/bin/sh");
	assert_int_equal(scene_count(s, RECORD_TASK, OUTCOME_OUTDATED), 1);
	tracker_scan_done(s->tracker);
	assert_int_equal(s->n, 1);
}

/* --- forks meanwhile */

static void forked_by_one_that_is_known(void **state)
{
	struct scene *s = *state;

	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_fork(s, CHILD, SHELL);
	scene_task(s, CHILD, SHELL, "/bin/sh");
	assert_int_equal(scene_count(s, RECORD_TASK, OUTCOME_OUTDATED), 1);
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, SHELL);
	scene_expect_nothing(s);
	scene_exit(s, CHILD, SHELL);
	scene_expect(s, EVENT_EXIT, CHILD);
}

static void forked_by_one_that_is_not_known_yet(void **state)
{
	struct scene *s = *state;
	const struct sight *e;

	scene_fork(s, CHILD, SHELL);
	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_task(s, CHILD, SHELL, "/bin/sh");
	/* Only now is known what it runs. */
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, SHELL);
	e = scene_next(s);
	assert_true(key_equal(&e->process, &CHILD));
	assert_string_equal(e->binary, "/bin/sh");
	assert_true(e->parent_found);
	scene_expect_nothing(s);
	scene_exit(s, CHILD, SHELL);
	scene_expect(s, EVENT_EXIT, CHILD);
}

/* Its pid is one that the walk has passed: it runs what its creator ran, if that is known by now.
 */
static void forked_behind_the_walk(void **state)
{
	const struct process_key grandchild = KEY(9, 300, 1);
	_cleanup_free_ struct process_key *keys = NULL;
	struct scene *s = *state;
	const struct sight *e;

	scene_fork(s, CHILD, SHELL);
	scene_fork(s, grandchild, CHILD);
	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_task(s, INIT, KERNEL, "/sbin/init");
	assert_int_equal(tracker_missing(s->tracker, &keys), 0);
	tracker_scan_done(s->tracker);
	s->seen = s->n;
	scene_exit(s, grandchild, CHILD);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_EXIT);
	assert_string_equal(e->binary, "/bin/sh");
	assert_true(e->parent_found);
	assert_ptr_equal(scene_find(s, CHILD)->image, scene_find(s, SHELL)->image);
}

/* And if that is not, somebody has to look what it runs. */
static void forked_behind_the_walk_by_one_that_is_gone(void **state)
{
	_cleanup_free_ struct process_key *keys = NULL;
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;
	ssize_t n;

	scene_task(s, INIT, KERNEL, "/sbin/init");
	scene_fork(s, CHILD, SHELL);
	scene_exit(s, SHELL, INIT);
	n = tracker_missing(s->tracker, &keys);
	assert_int_equal(n, 2);
	assert_true(key_equal(&keys[0], &CHILD) || key_equal(&keys[1], &CHILD));
	put_exec(&r, RECORD_TASK, &(struct record_exec){.process = CHILD},
		 &(struct exec_texts){.exe = "/bin/sh"});
	tracker_supply(s->tracker, r.data, r.len);
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, INIT);
	scene_expect(s, EVENT_EXEC, CHILD);
	assert_string_equal(scene_find(s, CHILD)->image->binary, "/bin/sh");
}

/* As with all others: its parent counts it, and is kept for it. */
static void its_parent_is_linked_when_it_comes(void **state)
{
	struct scene *s = *state;

	scene_fork(s, CHILD, SHELL);
	scene_task(s, SHELL, INIT, "/bin/sh");
	tracker_scan_done(s->tracker);
	assert_int_equal(scene_find(s, SHELL)->children, 1);
	scene_exit(s, SHELL, INIT);
	s->seen = s->n;
	scene_exit(s, CHILD, INIT);
	assert_true(s->v[s->seen].parent_found);
}

static void the_parent_of_an_exec_is_linked_when_it_comes(void **state)
{
	struct scene *s = *state;

	scene_exec(s, CHILD, SHELL, "/bin/ls");
	scene_task(s, SHELL, INIT, "/bin/sh");
	tracker_scan_done(s->tracker);
	assert_int_equal(scene_find(s, SHELL)->children, 1);
}

/* It is known by its fork alone, and may be reported yet: not told of as if it were forgotten. */
static void a_parent_that_may_be_reported_yet_is_not_told_of(void **state)
{
	const struct process_key grandchild = KEY(30, 300, 2);
	struct scene *s = *state;

	scene_fork(s, CHILD, SHELL);
	scene_exec(s, grandchild, CHILD, "/bin/ls");
	assert_false(scene_next(s)->parent_found);
	scene_exit(s, grandchild, CHILD);
	assert_false(scene_next(s)->parent_found);
	tracker_scan_done(s->tracker);
	/* Now it is what it is. */
	scene_exec(s, KEY(31, 301, 2), CHILD, "/bin/ls");
	assert_true(scene_next(s)->parent_found);
}

/* Written while it was unknown, with a child that was told of; then it was reported. */
static void a_text_that_was_written_too_early_is_not_kept(void **state)
{
	struct scene *s = *state;

	scene_fork(s, CHILD, SHELL);
	table_set_json(tracker_table(s->tracker), scene_find(s, CHILD),
		       &(struct process_json){strdup("\"unknown\""), 9, 2, 3});
	scene_task(s, CHILD, SHELL, "/bin/sh");
	assert_non_null(scene_find(s, CHILD)->image);
	assert_null(scene_find(s, CHILD)->json);
}

/* --- execs meanwhile */

static void executed_before_it_is_reported(void **state)
{
	struct scene *s = *state;

	scene_exec(s, KEY(10, 100, 2), INIT, "/bin/bash");
	scene_expect(s, EVENT_EXEC, KEY(10, 100, 2));
	scene_task(s, KEY(10, 100, 2), INIT, "/bin/bash");
	scene_task(s, SHELL, INIT, "/bin/sh");
	assert_int_equal(scene_count(s, RECORD_TASK, OUTCOME_OUTDATED), 2);
	tracker_scan_done(s->tracker);
	scene_expect_nothing(s);
}

/* Both images were there, so both are told of, once, in their order. */
static void executed_after_it_was_reported(void **state)
{
	struct scene *s = *state;

	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_exec(s, KEY(10, 100, 2), INIT, "/bin/bash");
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, SHELL);
	scene_expect(s, EVENT_EXEC, KEY(10, 100, 2));
	scene_expect_nothing(s);
}

/* Between the end of its execve(2) and the record of that: what it executed is news. */
static void reported_while_it_executes(void **state)
{
	const struct process_key bash = KEY(10, 100, 2);
	struct scene *s = *state;

	scene_task(s, bash, INIT, "/bin/bash");
	scene_exec(s, bash, INIT, "/bin/bash");
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, bash);
	assert_int_equal(s->v[0].flags & PROCESS_OLDER, 0);
	scene_expect_nothing(s);
	assert_int_equal(table_get_stats(tracker_table(s->tracker))->entries, 2);
}

/* It was written as somebody's parent before the record of its exec came. */
static void a_text_of_one_that_executes_is_not_kept(void **state)
{
	const struct process_key bash = KEY(10, 100, 2);
	struct scene *s = *state;

	scene_task(s, bash, INIT, "/bin/bash");
	table_set_json(tracker_table(s->tracker), scene_find(s, bash),
		       &(struct process_json){strdup("\"procFS\""), 8, 2, 3});
	scene_exec(s, bash, INIT, "/bin/bash");
	scene_expect(s, EVENT_EXEC, bash);
	assert_null(scene_find(s, bash)->json);
}

/* The same of one that was forked by somebody unknown: its first image is not what it executes. */
static void forked_and_reported_while_it_executes(void **state)
{
	const struct process_key next = KEY(20, 200, 2);
	struct scene *s = *state;

	scene_fork(s, CHILD, SHELL);
	scene_task(s, next, SHELL, "/bin/ls");
	scene_exec(s, next, SHELL, "/bin/ls");
	tracker_scan_done(s->tracker);
	assert_int_equal(count_events(s, EVENT_EXEC, next), 1);
	for (size_t i = 0; i < s->n; i++)
		if (key_equal(&s->v[i].process, &CHILD))
			assert_string_not_equal(s->v[i].binary, "/bin/ls");
}

/* The same, when a child that it has had for long was reported as well. */
static void reported_with_a_child_while_it_executes(void **state)
{
	const struct process_key bash = KEY(10, 100, 2);
	struct scene *s = *state;

	scene_task(s, bash, INIT, "/bin/bash");
	scene_task(s, CHILD, bash, "/bin/ls");
	scene_exec(s, bash, INIT, "/bin/bash");
	tracker_scan_done(s->tracker);
	assert_int_equal(count_events(s, EVENT_EXEC, bash), 1);
	assert_int_equal(count_events(s, EVENT_EXEC, CHILD), 1);
	s->seen = s->n;
	scene_exit(s, bash, INIT);
	scene_expect(s, EVENT_EXIT, bash);
	scene_exit(s, CHILD, INIT);
	assert_true(s->v[s->seen].parent_found);
	scene_expect(s, EVENT_EXIT, CHILD);
	assert_int_equal(table_get_stats(tracker_table(s->tracker))->entries, 1);
}

static void executed_and_gone_after_it_was_reported(void **state)
{
	struct scene *s = *state;

	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_exec(s, KEY(10, 100, 2), INIT, "/bin/bash");
	scene_exit(s, KEY(10, 100, 2), INIT);
	tracker_scan_done(s->tracker);
	assert_int_equal(count_events(s, EVENT_EXEC, SHELL), 1);
	assert_int_equal(count_events(s, EVENT_EXEC, KEY(10, 100, 2)), 1);
	assert_int_equal(count_events(s, EVENT_EXIT, KEY(10, 100, 2)), 1);
}

/* --- exits meanwhile */

static void gone_after_it_was_reported(void **state)
{
	struct scene *s = *state;

	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_exit(s, SHELL, INIT);
	/* No exit of what nobody heard of. */
	scene_expect(s, EVENT_EXEC, SHELL);
	scene_expect(s, EVENT_EXIT, SHELL);
	tracker_scan_done(s->tracker);
	scene_expect_nothing(s);
}

/* The walk had it in hand when it went, or met another of its threads. */
static void reported_after_all_was_told_of_it(void **state)
{
	struct scene *s = *state;

	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_fork(s, CHILD, SHELL);
	scene_exec(s, KEY(21, 201, 2), SHELL, "/bin/ls");
	scene_exit(s, CHILD, SHELL);
	scene_exit(s, SHELL, INIT);
	scene_exit(s, KEY(21, 201, 2), SHELL);
	scene_task(s, SHELL, INIT, "/bin/sh");
	scene_task(s, CHILD, SHELL, "/bin/sh");
	scene_task(s, KEY(21, 201, 2), SHELL, "/bin/ls");
	s->seen = s->n;
	tracker_scan_done(s->tracker);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_TASK, OUTCOME_OUTDATED), 3);
	assert_int_equal(table_get_stats(tracker_table(s->tracker))->entries, 1);
}

static void gone_before_it_was_reported(void **state)
{
	struct scene *s = *state;

	scene_exit(s, SHELL, INIT);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_UNANNOUNCED), 1);
	/* The walk had it in hand already. */
	scene_task(s, SHELL, INIT, "/bin/sh");
	assert_int_equal(scene_count(s, RECORD_TASK, OUTCOME_OUTDATED), 1);
	assert_null(scene_find(s, SHELL));
	/* Its pid, used again, is somebody else. */
	scene_task(s, KEY(10, 101, 1), INIT, "/bin/other");
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, KEY(10, 101, 1));
	scene_expect_nothing(s);
}

static void give_dying(struct scene *s, struct process_key key)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_dying(&r, key);
	scene_give(s, &r);
}

static void found_on_its_way_out(void **state)
{
	struct scene *s = *state;

	/* Each of its threads is met. */
	give_dying(s, SHELL);
	give_dying(s, SHELL);
	assert_int_equal(scene_count(s, RECORD_DYING, OUTCOME_ABSORBED), 1);
	tracker_scan_done(s->tracker);
	scene_exit(s, SHELL, INIT);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_UNANNOUNCED), 1);
	scene_expect_nothing(s);
	/* An exit that nothing explains is told. */
	scene_exit(s, CHILD, INIT);
	scene_expect(s, EVENT_EXIT, CHILD);
}

static void known_and_found_on_its_way_out(void **state)
{
	struct scene *s = *state;

	scene_task(s, SHELL, INIT, "/bin/sh");
	give_dying(s, SHELL);
	scene_exit(s, CHILD, INIT);
	give_dying(s, CHILD);
	assert_int_equal(scene_count(s, RECORD_DYING, OUTCOME_OUTDATED), 2);
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, SHELL);
	scene_exit(s, SHELL, INIT);
	scene_expect(s, EVENT_EXIT, SHELL);
}

static void many_are_gone_before_they_were_reported(void **state)
{
	struct scene *s = *state;

	for (uint32_t pid = 1; pid <= 1000; pid++)
		scene_exit(s, KEY(pid, pid, 0), KERNEL);
	for (uint32_t pid = 1; pid <= 1000; pid++)
		scene_task(s, KEY(pid, pid, 0), KERNEL, "/x");
	assert_int_equal(scene_count(s, RECORD_TASK, OUTCOME_OUTDATED), 1000);
	tracker_scan_done(s->tracker);
	scene_expect_nothing(s);
}

static void forked_and_gone_before_it_was_reported(void **state)
{
	struct scene *s = *state;

	scene_fork(s, CHILD, SHELL);
	scene_exit(s, CHILD, SHELL);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_UNANNOUNCED), 1);
	scene_task(s, CHILD, SHELL, "/bin/sh");
	assert_int_equal(scene_count(s, RECORD_TASK, OUTCOME_OUTDATED), 1);
	assert_null(scene_find(s, CHILD));
	tracker_scan_done(s->tracker);
	scene_expect_nothing(s);
}

/* The other thread's record of the same exit comes when all is done. */
static void the_double_of_such_an_exit_comes_later(void **state)
{
	struct scene *s = *state;

	scene_exit(s, SHELL, INIT);
	scene_fork(s, CHILD, SHELL);
	scene_exit(s, CHILD, SHELL);
	tracker_scan_done(s->tracker);
	scene_exit(s, SHELL, INIT);
	scene_exit(s, CHILD, SHELL);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_DUPLICATE), 2);
}

static void after_the_scan_an_unknown_exit_is_told(void **state)
{
	struct scene *s = *state;

	tracker_scan_done(s->tracker);
	scene_exit(s, SHELL, INIT);
	scene_expect(s, EVENT_EXIT, SHELL);
}

/* --- the init tree */

static void task_with_nspid(struct scene *s, struct process_key process, struct process_key parent,
			    uint32_t nspid)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_exec(&r, RECORD_TASK,
		 &(struct record_exec){.process = process, .parent = parent, .nspid = nspid},
		 &(struct exec_texts){.exe = "/x"});
	scene_give(s, &r);
}

static uint32_t init_flags(struct scene *s, struct process_key key)
{
	return scene_find(s, key)->flags & (PROCESS_INIT_TREE | PROCESS_INIT_KNOWN);
}

static void the_init_tree_is_known_at_the_end(void **state)
{
	const struct process_key first = KEY(30, 300, 1), second = KEY(29, 400, 1),
				 third = KEY(28, 500, 1);
	struct scene *s = *state;

	task_with_nspid(s, third, second, 3);
	task_with_nspid(s, second, first, 2);
	task_with_nspid(s, first, SHELL, 1);
	task_with_nspid(s, SHELL, KERNEL, 0);
	tracker_scan_done(s->tracker);
	assert_int_equal(init_flags(s, SHELL), PROCESS_INIT_KNOWN);
	assert_int_equal(init_flags(s, first), PROCESS_INIT_KNOWN | PROCESS_INIT_TREE);
	assert_int_equal(init_flags(s, second), PROCESS_INIT_KNOWN | PROCESS_INIT_TREE);
	assert_int_equal(init_flags(s, third), PROCESS_INIT_KNOWN | PROCESS_INIT_TREE);
}

/* Also of those that were forked, or executed something, before their parent was reported. */
static void the_init_tree_of_those_that_came_meanwhile(void **state)
{
	const struct process_key first = KEY(30, 300, 1), forked = KEY(40, 400, 1),
				 executed = KEY(50, 500, 2);
	_cleanup_str_ struct str f = STR_INIT, e = STR_INIT;
	struct scene *s = *state;

	put_fork(&f, &(struct record_fork){
			     .child = forked, .creator = first, .parent = first, .nspid = 2});
	scene_give(s, &f);
	put_exec(&e, RECORD_EXEC,
		 &(struct record_exec){.process = executed, .parent = first, .nspid = 3},
		 &(struct exec_texts){.filename = "/bin/x"});
	scene_give(s, &e);
	task_with_nspid(s, first, SHELL, 1);
	tracker_scan_done(s->tracker);
	assert_int_equal(init_flags(s, forked), PROCESS_INIT_KNOWN | PROCESS_INIT_TREE);
	assert_int_equal(init_flags(s, executed), PROCESS_INIT_KNOWN | PROCESS_INIT_TREE);
}

/* Where nobody else has to be asked, it is known at once: it can be told of, as somebody's parent
 * or because it ends, before all have been reported. */
static void what_is_known_of_the_init_tree_at_once(void **state)
{
	const struct process_key first = KEY(30, 300, 1), second = KEY(40, 400, 1);
	struct scene *s = *state;

	task_with_nspid(s, SHELL, INIT, 0);
	assert_int_equal(init_flags(s, SHELL), PROCESS_INIT_KNOWN);
	task_with_nspid(s, first, INIT, 1);
	assert_int_equal(init_flags(s, first), PROCESS_INIT_KNOWN | PROCESS_INIT_TREE);
	task_with_nspid(s, second, first, 2);
	assert_int_equal(init_flags(s, second), PROCESS_INIT_KNOWN | PROCESS_INIT_TREE);
	scene_exit(s, SHELL, INIT);
	assert_true(scene_next(s)->flags & PROCESS_INIT_KNOWN);
}

/* Whose parent went unseen: it may be of the tree or not. */
static void the_init_tree_of_an_orphan_is_not_known(void **state)
{
	struct scene *s = *state;

	task_with_nspid(s, CHILD, SHELL, 7);
	scene_exit(s, SHELL, INIT);
	tracker_scan_done(s->tracker);
	assert_int_equal(init_flags(s, CHILD), 0);
}

/* --- parents that nobody reports */

static void missing_parents_are_asked_for_once(void **state)
{
	_cleanup_free_ struct process_key *keys = NULL;
	struct scene *s = *state;

	scene_task(s, KEY(20, 200, 0), INIT, "/a");
	scene_task(s, KEY(21, 201, 0), INIT, "/b");
	scene_task(s, KEY(22, 202, 0), KEY(20, 200, 0), "/c");
	scene_task(s, KEY(23, 203, 0), KEY(9, 90, 3), "/d");
	scene_task(s, KEY(24, 204, 0), KERNEL, "/e");
	assert_int_equal(tracker_missing(s->tracker, &keys), 2);
	if (keys[0].pid == 9) {
		assert_true(key_equal(&keys[0], &KEY(9, 90, 3)));
		assert_true(key_equal(&keys[1], &INIT));
	} else {
		assert_true(key_equal(&keys[0], &INIT));
		assert_true(key_equal(&keys[1], &KEY(9, 90, 3)));
	}
}

static void nobody_is_missing(void **state)
{
	_cleanup_free_ struct process_key *keys = NULL;
	struct scene *s = *state;

	scene_task(s, INIT, KERNEL, "/sbin/init");
	assert_int_equal(tracker_missing(s->tracker, &keys), 0);
	assert_non_null(keys);
}

static void a_missing_parent_is_supplied(void **state)
{
	_cleanup_free_ struct process_key *keys = NULL;
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;
	const struct sight *e;

	scene_task(s, SHELL, INIT, "/bin/sh");
	assert_int_equal(tracker_missing(s->tracker, &keys), 1);
	put_exec(&r, RECORD_TASK, &(struct record_exec){.process = keys[0]},
		 &(struct exec_texts){.exe = "/sbin/init"});
	tracker_supply(s->tracker, r.data, r.len);
	assert_int_equal(s->ledger.supplied[RECORD_TASK], 1);
	assert_int_equal(s->ledger.received[RECORD_TASK], 2);
	tracker_scan_done(s->tracker);
	scene_expect(s, EVENT_EXEC, INIT);
	e = scene_next(s);
	assert_true(key_equal(&e->process, &SHELL));
	assert_true(e->parent_found);
	assert_int_equal(scene_find(s, INIT)->children, 1);
	scene_expect_nothing(s);
}

/* --- what the kernel side cannot read */

static void arguments_are_read_later(void **state)
{
	_cleanup_str_ struct str r = STR_INIT, gone = STR_INIT;
	struct scene *s = *state;
	const struct image *image;

	put_exec(&r, RECORD_TASK,
		 &(struct record_exec){
			 .process = SHELL, .parent = INIT, .flags = EXEC_STRINGS_LATER},
		 &(struct exec_texts){.exe = "/bin/sh"});
	scene_give(s, &r);
	image = scene_find(s, SHELL)->image;
	assert_int_equal(image->exec.field[EXEC_ARGV].kept, 11);
	assert_int_equal(image->exec.field[EXEC_ARGV].size, 11);
	assert_memory_equal(image->argv, "read\0later\0", 12);
	assert_int_equal(image->exec.field[EXEC_ENV].kept, 8);
	assert_int_equal(image->exec.field[EXEC_ENV].size, 8);
	assert_string_equal(image->env, "LATER=1");

	s->no_strings_of = CHILD;
	put_exec(&gone, RECORD_TASK,
		 &(struct record_exec){
			 .process = CHILD, .parent = SHELL, .flags = EXEC_STRINGS_LATER},
		 &(struct exec_texts){.exe = "/bin/sh"});
	scene_give(s, &gone);
	assert_int_equal(scene_find(s, CHILD)->image->exec.field[EXEC_ARGV].kept, 0);
}

/* --- a full table */

static void more_processes_than_the_table_takes(void **state)
{
	struct scene *s = *state;
	const struct table_stats *stats;

	scene_limit(s, 10, 1 << 20, true);
	stats = table_get_stats(tracker_table(s->tracker));
	for (uint32_t pid = 1; pid <= 30; pid++)
		scene_task(s, KEY(pid, pid, 0), KERNEL, "/x");
	/* None is forgotten before it was told of. */
	assert_int_equal(stats->forgotten_alive, 0);
	tracker_scan_done(s->tracker);
	assert_int_equal(s->n, 30);
	assert_true(stats->entries <= 10);
	assert_int_equal(stats->forgotten_alive, 21);
}

#define scanning(f) cmocka_unit_test_setup_teardown(f, scene_setup_scanning, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scanning(nothing_is_told_until_all_are_known),
		scanning(of_the_same_age_the_smaller_pid_comes_first),
		scanning(a_process_is_reported_by_several_threads),
		scanning(forked_by_one_that_is_known),
		scanning(forked_by_one_that_is_not_known_yet),
		scanning(forked_behind_the_walk),
		scanning(forked_behind_the_walk_by_one_that_is_gone),
		scanning(its_parent_is_linked_when_it_comes),
		scanning(the_parent_of_an_exec_is_linked_when_it_comes),
		scanning(a_parent_that_may_be_reported_yet_is_not_told_of),
		scanning(a_text_that_was_written_too_early_is_not_kept),
		scanning(executed_before_it_is_reported),
		scanning(executed_after_it_was_reported),
		scanning(reported_while_it_executes),
		scanning(a_text_of_one_that_executes_is_not_kept),
		scanning(forked_and_reported_while_it_executes),
		scanning(reported_with_a_child_while_it_executes),
		scanning(executed_and_gone_after_it_was_reported),
		scanning(gone_after_it_was_reported),
		scanning(reported_after_all_was_told_of_it),
		scanning(gone_before_it_was_reported),
		scanning(found_on_its_way_out),
		scanning(known_and_found_on_its_way_out),
		scanning(many_are_gone_before_they_were_reported),
		scanning(forked_and_gone_before_it_was_reported),
		scanning(the_double_of_such_an_exit_comes_later),
		scanning(after_the_scan_an_unknown_exit_is_told),
		scanning(the_init_tree_is_known_at_the_end),
		scanning(the_init_tree_of_those_that_came_meanwhile),
		scanning(what_is_known_of_the_init_tree_at_once),
		scanning(the_init_tree_of_an_orphan_is_not_known),
		scanning(missing_parents_are_asked_for_once),
		scanning(nobody_is_missing),
		scanning(a_missing_parent_is_supplied),
		scanning(arguments_are_read_later),
		scanning(more_processes_than_the_table_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
