// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "scene.h"

#include <stdlib.h>

#define KERNEL KEY(0, 0, 0)
#define INIT KEY(1, 1, 0)
#define SHELL KEY(10, 100, 1)

/* A shell that everything else here is started by. */
static void have_shell(struct scene *s)
{
	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_expect(s, EVENT_EXEC, SHELL);
}

static size_t entries(struct scene *s)
{
	/* The kernel's own entry aside. */
	return table_get_stats(tracker_table(s->tracker))->entries - 1;
}

/* --- what usually happens */

static void fork_exec_exit(void **state)
{
	const struct process_key forked = KEY(20, 200, 1), child = KEY(20, 200, 2);
	struct scene *s = *state;
	const struct sight *e;

	have_shell(s);
	scene_fork(s, forked, SHELL);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_FORK, OUTCOME_ABSORBED), 1);
	assert_int_equal(scene_find(s, SHELL)->children, 1);

	scene_exec(s, child, SHELL, "/bin/ls");
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_EXEC);
	assert_true(key_equal(&e->process, &child));
	assert_true(key_equal(&e->parent, &SHELL));
	assert_true(e->parent_found);
	assert_string_equal(e->binary, "/bin/ls");
	assert_int_equal(e->flags & (PROCESS_FORKED | PROCESS_CLONED | PROCESS_ANNOUNCED),
			 PROCESS_CLONED | PROCESS_ANNOUNCED);
	assert_int_equal(e->time, s->time - 1);
	/* What it was between fork and exec nobody asks for. */
	assert_null(scene_find(s, forked));
	assert_int_equal(scene_find(s, SHELL)->children, 1);

	scene_exit(s, child, SHELL);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_EXIT);
	assert_true(key_equal(&e->process, &child));
	assert_true(e->parent_found);
	assert_true(e->in_table);
	assert_int_equal(e->time, s->time - 1);
	assert_int_equal(entries(s), 1);
	scene_exit(s, SHELL, INIT);
	scene_expect(s, EVENT_EXIT, SHELL);
	assert_int_equal(entries(s), 0);
}

static void exec_without_fork(void **state)
{
	struct scene *s = *state;
	const struct sight *e;

	have_shell(s);
	for (uint32_t i = 2; i <= 5; i++) {
		scene_exec(s, KEY(10, 100, i), INIT, "/bin/sh");
		e = scene_next(s);
		/* The image before is the parent of the one after. */
		assert_true(key_equal(&e->parent, &KEY(10, 100, i - 1)));
		assert_true(e->parent_found);
		assert_false(e->flags & PROCESS_CLONED);
	}
	/* They are dead but for the last, and gone with it. */
	assert_true(scene_find(s, SHELL)->flags & PROCESS_DEAD);
	assert_int_equal(entries(s), 5);
	scene_exit(s, KEY(10, 100, 5), INIT);
	scene_expect(s, EVENT_EXIT, KEY(10, 100, 5));
	scene_expect_nothing(s);
	assert_int_equal(entries(s), 0);
}

static void fork_without_exec(void **state)
{
	const struct process_key child = KEY(20, 200, 1);
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;
	const struct sight *e;

	have_shell(s);
	put_fork(&r, &(struct record_fork){.child = child,
					   .creator = SHELL,
					   .parent = SHELL,
					   .cgroup_id = 77,
					   .nspid = 3,
					   .uid = 1000});
	scene_give(s, &r);
	assert_int_equal(scene_find(s, child)->time, 200);
	scene_exit(s, child, SHELL);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_EXIT);
	assert_true(key_equal(&e->process, &child));
	assert_true(key_equal(&e->parent, &SHELL));
	assert_true(e->parent_found);
	/* It runs what it was forked from. */
	assert_string_equal(e->binary, "/bin/sh");
	assert_int_equal(e->flags & (PROCESS_FORKED | PROCESS_ANNOUNCED), PROCESS_FORKED);
	assert_int_equal(e->uid, 1000);
	assert_int_equal(e->cgroup_id, 77);
	assert_int_equal(e->nspid, 3);
}

static void a_fork_of_a_fork_has_the_same_image(void **state)
{
	struct scene *s = *state;

	have_shell(s);
	scene_fork(s, KEY(20, 200, 1), SHELL);
	scene_fork(s, KEY(30, 300, 1), KEY(20, 200, 1));
	assert_ptr_equal(scene_find(s, KEY(30, 300, 1))->image, scene_find(s, SHELL)->image);
	assert_int_equal(scene_find(s, SHELL)->image->refs, 3);
	/* Also when those before it have gone. */
	scene_exit(s, KEY(20, 200, 1), SHELL);
	scene_exit(s, SHELL, INIT);
	scene_exit(s, KEY(30, 300, 1), INIT);
	s->seen = 3;
	assert_string_equal(scene_next(s)->binary, "/bin/sh");
	assert_int_equal(entries(s), 0);
}

/* clone(2) with CLONE_PARENT: the parent is another than who called it. */
static void the_creator_gives_the_image_and_the_parent_waits(void **state)
{
	const struct process_key creator = KEY(20, 200, 2), child = KEY(30, 300, 2);
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;

	have_shell(s);
	scene_exec(s, creator, SHELL, "/bin/runc");
	put_fork(&r, &(struct record_fork){.child = child, .creator = creator, .parent = SHELL});
	scene_give(s, &r);
	assert_string_equal(scene_find(s, child)->image->binary, "/bin/runc");
	assert_true(key_equal(&scene_find(s, child)->parent, &SHELL));
	assert_int_equal(scene_find(s, SHELL)->children, 2);
	assert_int_equal(scene_find(s, creator)->children, 0);
}

/* The thread that called execve(2) takes over the leader's pid and start; its own id is told. */
static void exec_by_another_thread(void **state)
{
	const struct process_key before = KEY(20, 200, 3), after = KEY(20, 200, 4);
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;

	have_shell(s);
	scene_exec(s, before, SHELL, "/bin/java");
	put_exec(&r, RECORD_EXEC,
		 &(struct record_exec){.process = after, .parent = SHELL, .tid = 27},
		 &(struct exec_texts){.filename = "/bin/true"});
	scene_give(s, &r);
	scene_expect(s, EVENT_EXEC, before);
	scene_expect(s, EVENT_EXEC, after);
	assert_int_equal(scene_find(s, after)->image->exec.tid, 27);
	assert_true(key_equal(&scene_find(s, after)->parent, &before));
	scene_exit(s, after, SHELL);
	scene_expect(s, EVENT_EXIT, after);
	assert_int_equal(entries(s), 1);
}

/* An orphan that executes something names who adopted it. */
static void the_parent_of_an_exec_is_who_it_has_then(void **state)
{
	const struct process_key parent = KEY(20, 200, 2), child = KEY(30, 300, 2);
	struct scene *s = *state;

	have_shell(s);
	scene_exec(s, parent, SHELL, "/bin/daemon");
	scene_fork(s, child, parent);
	scene_exit(s, parent, SHELL);
	/* Dead, but named. */
	assert_true(scene_find(s, parent)->flags & PROCESS_DEAD);
	scene_exec(s, KEY(30, 300, 3), SHELL, "/bin/worker");
	assert_null(scene_find(s, parent));
	s->seen = 3;
	assert_true(key_equal(&scene_next(s)->parent, &SHELL));
}

static void a_dead_parent_is_known_while_it_has_children(void **state)
{
	const struct process_key parent = KEY(20, 200, 2), child = KEY(30, 300, 2);
	struct scene *s = *state;
	const struct sight *e;

	have_shell(s);
	scene_exec(s, parent, SHELL, "/bin/daemon");
	scene_fork(s, child, parent);
	scene_exit(s, parent, SHELL);
	scene_exit(s, child, INIT);
	s->seen = 3;
	e = scene_next(s);
	assert_true(key_equal(&e->process, &child));
	assert_true(key_equal(&e->parent, &parent));
	assert_true(e->parent_found);
	assert_int_equal(entries(s), 1);
}

static void facts_of_the_exec_count(void **state)
{
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;
	const struct sight *e;

	scene_fork(s, KEY(20, 200, 1), SHELL);
	put_exec(&r, RECORD_EXEC,
		 &(struct record_exec){.process = KEY(20, 200, 2),
				       .parent = SHELL,
				       .cred = {.uid = 1000, .euid = 33},
				       .nspid = 5,
				       .cgroup_id = 99},
		 &(struct exec_texts){.filename = "/bin/su"});
	scene_give(s, &r);
	e = scene_next(s);
	assert_int_equal(e->uid, 33);
	assert_int_equal(e->nspid, 5);
	assert_int_equal(e->cgroup_id, 99);
	assert_false(e->parent_found);
}

static void the_status_is_as_it_came(void **state)
{
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;

	have_shell(s);
	put_exit(&r, &(struct record_exit){.process = SHELL, .parent = INIT, .status = 0x8b});
	scene_give(s, &r);
	assert_int_equal(scene_next(s)->status, 0x8b);
}

/* --- what comes twice, too late or to nobody */

static void outdated_records(void **state)
{
	struct scene *s = *state;

	have_shell(s);
	scene_exec(s, KEY(10, 100, 3), INIT, "/bin/sh");
	scene_expect(s, EVENT_EXEC, KEY(10, 100, 3));
	scene_exec(s, KEY(10, 100, 3), INIT, "/bin/sh");
	scene_exec(s, KEY(10, 100, 2), INIT, "/bin/sh");
	scene_exec(s, SHELL, INIT, "/bin/sh");
	assert_int_equal(scene_count(s, RECORD_EXEC, OUTCOME_OUTDATED), 3);
	scene_fork(s, SHELL, INIT);
	scene_fork(s, KEY(10, 100, 9), INIT);
	assert_int_equal(scene_count(s, RECORD_FORK, OUTCOME_OUTDATED), 2);
	scene_expect_nothing(s);
	assert_string_equal(scene_find(s, KEY(10, 100, 3))->image->binary, "/bin/sh");
}

/* The same pid with another start is somebody else. */
static void a_pid_is_used_again(void **state)
{
	struct scene *s = *state;

	have_shell(s);
	scene_fork(s, KEY(10, 101, 0), INIT);
	scene_exec(s, KEY(10, 101, 1), INIT, "/bin/other");
	scene_expect(s, EVENT_EXEC, KEY(10, 101, 1));
	scene_exit(s, SHELL, INIT);
	scene_expect(s, EVENT_EXIT, SHELL);
	scene_exit(s, KEY(10, 101, 1), INIT);
	scene_expect(s, EVENT_EXIT, KEY(10, 101, 1));
	assert_int_equal(entries(s), 0);
}

static void one_exit_each(void **state)
{
	struct scene *s = *state;

	have_shell(s);
	scene_exit(s, SHELL, INIT);
	scene_expect(s, EVENT_EXIT, SHELL);
	scene_exit(s, SHELL, INIT);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_DUPLICATE), 1);
}

static void one_exit_each_of_those_that_are_kept(void **state)
{
	struct scene *s = *state;

	have_shell(s);
	scene_fork(s, KEY(20, 200, 1), SHELL);
	scene_exit(s, SHELL, INIT);
	scene_expect(s, EVENT_EXIT, SHELL);
	scene_exit(s, SHELL, INIT);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_DUPLICATE), 1);
}

/* A thousand others may exit between the two, and any number of those with a single thread. */
static void a_double_may_come_late(void **state)
{
	struct scene *s = *state;
	size_t told;

	have_shell(s);
	scene_exit(s, SHELL, INIT);
	for (uint32_t pid = 1000; pid < 5000; pid++) {
		scene_fork(s, KEY(pid, 500, 1), INIT);
		if (pid % 4)
			scene_exit_alone(s, KEY(pid, 500, 1), INIT);
		else
			scene_exit(s, KEY(pid, 500, 1), INIT);
	}
	told = s->n;
	scene_exit(s, SHELL, INIT);
	assert_int_equal(s->n, told);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_DUPLICATE), 1);
}

static void exit_of_one_unknown(void **state)
{
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;
	const struct sight *e;

	have_shell(s);
	put_exit(&r, &(struct record_exit){.process = KEY(20, 200, 2),
					   .parent = SHELL,
					   .status = 256,
					   .uid = 5,
					   .nspid = 6,
					   .cgroup_id = 7});
	scene_give(s, &r);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_EXIT);
	assert_true(key_equal(&e->process, &KEY(20, 200, 2)));
	assert_true(key_equal(&e->parent, &SHELL));
	assert_true(e->parent_found);
	assert_false(e->in_table);
	assert_string_equal(e->binary, "");
	assert_int_equal(e->status, 256);
	assert_int_equal(e->uid, 5);
	assert_int_equal(e->nspid, 6);
	assert_int_equal(e->cgroup_id, 7);
	assert_int_equal(entries(s), 1);
}

static void one_exit_each_of_those_unknown(void **state)
{
	struct scene *s = *state;

	scene_exit(s, KEY(20, 200, 2), INIT);
	scene_expect(s, EVENT_EXIT, KEY(20, 200, 2));
	scene_exit(s, KEY(20, 200, 2), INIT);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_DUPLICATE), 1);
}

static void fork_by_one_unknown(void **state)
{
	const struct process_key child = KEY(20, 200, 1);
	struct scene *s = *state;

	scene_fork(s, child, SHELL);
	assert_null(scene_find(s, child)->image);
	scene_exit(s, child, SHELL);
	scene_expect(s, EVENT_EXIT, child);
	assert_string_equal(s->v[0].binary, "");
	assert_true(s->v[0].in_table);
}

static void malformed_records(void **state)
{
	static const struct record unknown = {.type = _RECORD_MAX, .size = sizeof(unknown)},
				   brief = {.type = RECORD_EXIT, .size = sizeof(brief)};
	struct scene *s = *state;

	tracker_record(s->tracker, "", 0);
	tracker_record(s->tracker, &unknown, sizeof(unknown));
	tracker_record(s->tracker, &unknown, 4);
	tracker_record(s->tracker, &brief, sizeof(brief));
	scene_expect_nothing(s);
	/* What it was of is not certain; it is counted all the same. */
	assert_int_equal(scene_count(s, RECORD_DATA, OUTCOME_MALFORMED), 3);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_MALFORMED), 1);
	assert_int_equal(s->ledger.received[RECORD_EXIT], 1);
}

/* Supplied ones are no better. */
static void malformed_records_from_elsewhere(void **state)
{
	static const struct record unknown = {.type = 1000000, .size = sizeof(unknown)},
				   brief = {.type = RECORD_TASK, .size = sizeof(brief)};
	struct scene *s = *state;

	tracker_supply(s->tracker, "", 0);
	tracker_supply(s->tracker, &unknown, sizeof(unknown));
	tracker_supply(s->tracker, &unknown, 3);
	tracker_supply(s->tracker, &brief, sizeof(brief));
	scene_expect_nothing(s);
	assert_int_equal(s->ledger.supplied[RECORD_DATA], 3);
	assert_int_equal(s->ledger.supplied[RECORD_TASK], 1);
	assert_int_equal(scene_count(s, RECORD_DATA, OUTCOME_MALFORMED), 3);
	assert_int_equal(scene_count(s, RECORD_TASK, OUTCOME_MALFORMED), 1);
}

/* --- the init tree */

static void fork_with_nspid(struct scene *s, struct process_key child, struct process_key creator,
			    uint32_t nspid)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_fork(&r,
		 &(struct record_fork){
			 .child = child, .creator = creator, .parent = creator, .nspid = nspid});
	scene_give(s, &r);
}

static void exec_with_nspid(struct scene *s, struct process_key process, struct process_key parent,
			    uint32_t nspid)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_exec(&r, RECORD_EXEC,
		 &(struct record_exec){.process = process, .parent = parent, .nspid = nspid},
		 &(struct exec_texts){.filename = "/x"});
	scene_give(s, &r);
}

static void assert_init_tree(struct scene *s, struct process_key key, uint32_t expected)
{
	const struct process *p = scene_find(s, key);

	assert_non_null(p);
	assert_int_equal(p->flags & (PROCESS_INIT_TREE | PROCESS_INIT_KNOWN), expected);
}

#define IN_TREE (PROCESS_INIT_TREE | PROCESS_INIT_KNOWN)

static void the_first_of_a_namespace_and_its_descendants(void **state)
{
	struct scene *s = *state;

	fork_with_nspid(s, KEY(20, 200, 1), SHELL, 1);
	assert_init_tree(s, KEY(20, 200, 1), IN_TREE);
	exec_with_nspid(s, KEY(20, 200, 2), SHELL, 1);
	assert_init_tree(s, KEY(20, 200, 2), IN_TREE);
	exec_with_nspid(s, KEY(20, 200, 3), SHELL, 1);
	assert_init_tree(s, KEY(20, 200, 3), IN_TREE);
	fork_with_nspid(s, KEY(30, 300, 3), KEY(20, 200, 3), 2);
	assert_init_tree(s, KEY(30, 300, 3), IN_TREE);
	exec_with_nspid(s, KEY(30, 300, 4), KEY(20, 200, 3), 2);
	assert_init_tree(s, KEY(30, 300, 4), IN_TREE);
	/* An orphan stays what it was. */
	fork_with_nspid(s, KEY(40, 400, 4), KEY(30, 300, 4), 3);
	scene_exit(s, KEY(30, 300, 4), KEY(20, 200, 3));
	exec_with_nspid(s, KEY(40, 400, 5), KEY(20, 200, 3), 3);
	assert_init_tree(s, KEY(40, 400, 5), IN_TREE);
}

/* Its first process has number 1 as well, but is none of a container's. */
static void the_hosts_namespace_is_no_tree(void **state)
{
	struct scene *s = *state;

	fork_with_nspid(s, KEY(2, 200, 0), KERNEL, 0);
	assert_init_tree(s, KEY(2, 200, 0), PROCESS_INIT_KNOWN);
	exec_with_nspid(s, KEY(1, 100, 1), KERNEL, 0);
	assert_init_tree(s, KEY(1, 100, 1), PROCESS_INIT_KNOWN);
	fork_with_nspid(s, KEY(3, 300, 1), KEY(1, 100, 1), 0);
	assert_init_tree(s, KEY(3, 300, 1), PROCESS_INIT_KNOWN);
}

/* docker exec: forked outside, so not of the tree, though its pid in there is small. */
static void who_enters_from_outside_is_not_in_the_tree(void **state)
{
	struct scene *s = *state;

	scene_limit(s, 100, 1 << 20, true);
	scene_task(s, SHELL, KERNEL, "/bin/sh");
	tracker_scan_done(s->tracker);
	assert_init_tree(s, SHELL, PROCESS_INIT_KNOWN);
	fork_with_nspid(s, KEY(20, 200, 1), SHELL, 14);
	assert_init_tree(s, KEY(20, 200, 1), PROCESS_INIT_KNOWN);
	exec_with_nspid(s, KEY(20, 200, 2), SHELL, 14);
	assert_init_tree(s, KEY(20, 200, 2), PROCESS_INIT_KNOWN);
}

static void of_whom_nothing_is_known_this_is_not_known(void **state)
{
	struct scene *s = *state;

	fork_with_nspid(s, KEY(20, 200, 1), SHELL, 14);
	assert_init_tree(s, KEY(20, 200, 1), 0);
	exec_with_nspid(s, KEY(30, 300, 1), SHELL, 15);
	assert_init_tree(s, KEY(30, 300, 1), 0);
}

/* --- arguments that come ahead */

static void give_cgroup(struct scene *s, uint64_t id, const char *path)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_cgroup(&r, id, path);
	scene_give(s, &r);
}

static void give_throttle(struct scene *s, uint64_t id)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_throttle(&r, id, 0);
	scene_give(s, &r);
}

static void throttling_starts_and_stops(void **state)
{
	struct scene *s = *state;
	const struct sight *e;
	struct cgroup *cg;

	give_cgroup(s, 7, "/noisy");
	scene_expect_nothing(s);
	cg = cgroups_find(tracker_cgroups(s->tracker), 7);
	cg->quiet = 3;
	give_throttle(s, 7);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_THROTTLE);
	assert_true(e->throttle_start);
	assert_string_equal(e->cgroup, "/noisy");
	assert_int_equal(e->time, s->time - 1);
	assert_true(cg->throttled);
	assert_int_equal(cg->quiet, 0);

	give_throttle(s, 7);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_THROTTLE, OUTCOME_DUPLICATE), 1);

	tracker_throttle_stop(s->tracker, cg, 12345);
	e = scene_next(s);
	assert_int_equal(e->type, EVENT_THROTTLE);
	assert_false(e->throttle_start);
	assert_string_equal(e->cgroup, "/noisy");
	assert_int_equal(e->time, 12345);
	assert_false(cg->throttled);

	give_throttle(s, 7);
	assert_true(scene_next(s)->throttle_start);
}

static void a_cgroup_that_was_announced_again_is_throttled_still(void **state)
{
	struct scene *s = *state;

	give_cgroup(s, 7, "/noisy");
	give_throttle(s, 7);
	assert_true(scene_next(s)->throttle_start);
	give_cgroup(s, 7, "/noisy");
	give_throttle(s, 7);
	scene_expect_nothing(s);
}

static void throttling_of_a_cgroup_unknown(void **state)
{
	struct scene *s = *state;
	const struct sight *e;

	give_throttle(s, 7);
	e = scene_next(s);
	assert_true(e->throttle_start);
	assert_string_equal(e->cgroup, "");
}

static void exits_from_a_throttled_cgroup(void **state)
{
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;

	have_shell(s);
	give_cgroup(s, 7, "/noisy");
	give_throttle(s, 7);
	scene_next(s);
	/* Its fork and its exec were held back, so its exit is as well … */
	put_exit(&r, &(struct record_exit){.process = KEY(20, 200, 2),
					   .parent = SHELL,
					   .cgroup_id = 7,
					   .threads = 2});
	scene_give(s, &r);
	scene_expect_nothing(s);
	tracker_throttle_stop(s->tracker, cgroups_find(tracker_cgroups(s->tracker), 7), 1);
	scene_next(s);
	scene_give(s, &r);
	scene_expect_nothing(s);
	assert_int_equal(scene_count(s, RECORD_EXIT, OUTCOME_UNANNOUNCED) +
				 scene_count(s, RECORD_EXIT, OUTCOME_DUPLICATE),
			 2);
	/* … but not that of one that was told of. */
	str_reset(&r);
	put_exit(&r, &(struct record_exit){.process = SHELL, .parent = INIT, .cgroup_id = 7});
	scene_give(s, &r);
	scene_expect(s, EVENT_EXIT, SHELL);
}

/* --- a full table */

static void the_table_is_bounded(void **state)
{
	struct scene *s = *state;
	const struct table_stats *stats;

	scene_limit(s, 50, 1 << 26, false);
	stats = table_get_stats(tracker_table(s->tracker));
	for (uint32_t pid = 100; pid < 400; pid++) {
		scene_exec(s, KEY(pid, 1, 1), KERNEL, "/bin/x");
		assert_true(stats->entries <= 50);
	}
	assert_int_equal(stats->forgotten_alive, 251);
	/* The first are not known any more: their exits say what the records say. */
	s->seen = s->n;
	scene_exit(s, KEY(100, 1, 1), KERNEL);
	assert_false(s->v[s->seen].in_table);
	scene_expect(s, EVENT_EXIT, KEY(100, 1, 1));
	scene_exit(s, KEY(399, 1, 1), KERNEL);
	assert_true(s->v[s->seen].in_table);
	scene_expect(s, EVENT_EXIT, KEY(399, 1, 1));
}

static void bytes_are_bounded(void **state)
{
	struct scene *s = *state;
	const struct table_stats *stats;

	scene_limit(s, 1000, 20000, false);
	stats = table_get_stats(tracker_table(s->tracker));
	for (uint32_t pid = 100; pid < 400; pid++) {
		scene_exec(s, KEY(pid, 1, 1), KERNEL, "/bin/some/where/quite/deep");
		assert_true(stats->bytes <= 20000);
	}
	assert_true(stats->entries > 5);
}

/* Even a table without room for the one at hand. */
static void a_table_of_one(void **state)
{
	struct scene *s = *state;

	scene_limit(s, 1, 1, false);
	have_shell(s);
	scene_fork(s, KEY(20, 200, 1), SHELL);
	scene_exec(s, KEY(20, 200, 2), SHELL, "/bin/ls");
	scene_expect(s, EVENT_EXEC, KEY(20, 200, 2));
	scene_exit(s, KEY(20, 200, 2), SHELL);
	scene_expect(s, EVENT_EXIT, KEY(20, 200, 2));
	assert_int_equal(table_get_stats(tracker_table(s->tracker))->entries, 0);
}

static void what_was_forgotten_executes(void **state)
{
	struct scene *s = *state;
	const struct sight *e;

	scene_limit(s, 2, 1 << 20, false);
	have_shell(s);
	scene_fork(s, KEY(20, 200, 1), SHELL);
	scene_fork(s, KEY(21, 201, 1), SHELL);
	scene_fork(s, KEY(22, 202, 1), SHELL);
	assert_null(scene_find(s, KEY(20, 200, 1)));
	scene_exec(s, KEY(20, 200, 2), SHELL, "/bin/ls");
	e = scene_next(s);
	assert_true(key_equal(&e->parent, &SHELL));
	/* Which forks all the time and is therefore not forgotten itself. */
	assert_true(e->parent_found);
	assert_false(e->flags & PROCESS_CLONED);
}

static void one_that_executes_for_ever(void **state)
{
	struct scene *s = *state;
	const struct table_stats *stats;

	scene_limit(s, 500, 1 << 26, false);
	stats = table_get_stats(tracker_table(s->tracker));
	for (uint32_t i = 1; i <= 100000; i++) {
		scene_exec(s, KEY(10, 100, i), INIT, "/bin/sh");
		assert_true(stats->entries <= 500);
	}
	assert_int_equal(s->n, 100000);
	s->seen = s->n;
	scene_exit(s, KEY(10, 100, 100000), INIT);
	scene_expect(s, EVENT_EXIT, KEY(10, 100, 100000));
	/* The kernel's entry was old enough to go. */
	assert_true(stats->entries <= 1);
}

#define quiet(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		quiet(fork_exec_exit),
		quiet(exec_without_fork),
		quiet(fork_without_exec),
		quiet(a_fork_of_a_fork_has_the_same_image),
		quiet(the_creator_gives_the_image_and_the_parent_waits),
		quiet(exec_by_another_thread),
		quiet(the_parent_of_an_exec_is_who_it_has_then),
		quiet(a_dead_parent_is_known_while_it_has_children),
		quiet(facts_of_the_exec_count),
		quiet(the_status_is_as_it_came),
		quiet(outdated_records),
		quiet(a_pid_is_used_again),
		quiet(one_exit_each),
		quiet(one_exit_each_of_those_that_are_kept),
		quiet(a_double_may_come_late),
		quiet(exit_of_one_unknown),
		quiet(one_exit_each_of_those_unknown),
		quiet(fork_by_one_unknown),
		quiet(malformed_records),
		quiet(malformed_records_from_elsewhere),
		quiet(the_first_of_a_namespace_and_its_descendants),
		quiet(the_hosts_namespace_is_no_tree),
		quiet(who_enters_from_outside_is_not_in_the_tree),
		quiet(of_whom_nothing_is_known_this_is_not_known),
		quiet(throttling_starts_and_stops),
		quiet(a_cgroup_that_was_announced_again_is_throttled_still),
		quiet(throttling_of_a_cgroup_unknown),
		quiet(exits_from_a_throttled_cgroup),
		quiet(the_table_is_bounded),
		quiet(bytes_are_bounded),
		quiet(a_table_of_one),
		quiet(what_was_forgotten_executes),
		quiet(one_that_executes_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
