// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "scene.h"

#include <stdlib.h>

/* What comes ahead of an exec: what of its arguments and its environment had no room in it. */

#define INIT KEY(1, 1, 0)
#define SHELL KEY(10, 100, 1)
#define LONG (EXEC_INLINE_MAX + DATA_CHUNK + 100)

/* A shell that everything else here is started by. */
static void have_shell(struct scene *s)
{
	scene_exec(s, SHELL, INIT, "/bin/sh");
	scene_expect(s, EVENT_EXEC, SHELL);
}

static char *pattern(size_t len)
{
	char *s = malloc(len);

	assert_non_null(s);
	for (size_t i = 0; i < len; i++)
		s[i] = (char)('a' + i % 23);
	return s;
}

static void give_data(struct scene *s, struct process_key key, enum exec_field field,
		      const char *argv, uint32_t offset, size_t len)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_data(&r, key, field, offset, (struct bytes){argv + offset, len});
	scene_give(s, &r);
}

static void give_long_exec(struct scene *s, struct process_key key, const char *argv, size_t len)
{
	_cleanup_str_ struct str r = STR_INIT;

	put_exec(&r, RECORD_EXEC, &(struct record_exec){.process = key, .parent = SHELL},
		 &(struct exec_texts){.filename = "/x", .argv = {argv, len}});
	scene_give(s, &r);
}

static void assert_argv(struct scene *s, struct process_key key, const char *argv, size_t kept,
			size_t size)
{
	const struct image *image = scene_find(s, key)->image;

	assert_int_equal(image->exec.field[EXEC_ARGV].kept, kept);
	assert_int_equal(image->exec.field[EXEC_ARGV].size, size);
	assert_memory_equal(image->argv, argv, kept);
}

/* What became of the parts so far. */
static void assert_parts(struct scene *s, unsigned absorbed, unsigned outdated, unsigned unused,
			 unsigned pending)
{
	assert_int_equal(scene_count(s, RECORD_DATA, OUTCOME_ABSORBED), absorbed);
	assert_int_equal(scene_count(s, RECORD_DATA, OUTCOME_OUTDATED), outdated);
	assert_int_equal(scene_count(s, RECORD_DATA, OUTCOME_UNUSED), unused);
	assert_int_equal(scene_count(s, RECORD_DATA, OUTCOME_PENDING), pending);
}

static void long_arguments_are_put_together(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	const struct process_key key = KEY(20, 200, 1);
	struct scene *s = *state;

	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX + DATA_CHUNK, 100);
	assert_parts(s, 0, 0, 0, 2);
	give_long_exec(s, key, argv, LONG);
	assert_argv(s, key, argv, LONG, LONG);
	assert_int_equal(s->ledger.truncated, 0);
	assert_parts(s, 2, 0, 0, 0);
}

static void both_argv_and_env(void **state)
{
	_cleanup_free_ char *strings = pattern(LONG);
	const struct process_key key = KEY(20, 200, 1);
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;
	const struct image *image;

	give_data(s, key, EXEC_ARGV, strings, EXEC_INLINE_MAX, 10);
	give_data(s, key, EXEC_ENV, strings, EXEC_INLINE_MAX, DATA_CHUNK);
	give_data(s, key, EXEC_ENV, strings, EXEC_INLINE_MAX + DATA_CHUNK, 100);
	put_exec(&r, RECORD_EXEC, &(struct record_exec){.process = key, .parent = SHELL},
		 &(struct exec_texts){.filename = "/x",
				      .argv = {strings, EXEC_INLINE_MAX + 10},
				      .env = {strings, LONG}});
	scene_give(s, &r);
	assert_argv(s, key, strings, EXEC_INLINE_MAX + 10, EXEC_INLINE_MAX + 10);
	image = scene_find(s, key)->image;
	assert_int_equal(image->exec.field[EXEC_ENV].kept, LONG);
	assert_memory_equal(image->env, strings, LONG);
}

static void the_first_part_is_lost(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	const struct process_key key = KEY(20, 200, 1);
	struct scene *s = *state;

	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX + DATA_CHUNK, 100);
	give_long_exec(s, key, argv, LONG);
	assert_argv(s, key, argv, EXEC_INLINE_MAX, LONG);
	assert_int_equal(s->ledger.truncated, 1);
	assert_parts(s, 0, 0, 1, 0);
}

static void the_last_part_is_lost(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	const struct process_key key = KEY(20, 200, 1);
	struct scene *s = *state;

	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_long_exec(s, key, argv, LONG);
	assert_argv(s, key, argv, EXEC_INLINE_MAX + DATA_CHUNK, LONG);
	assert_int_equal(s->ledger.truncated, 1);
}

static void all_parts_are_lost(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	const struct process_key key = KEY(20, 200, 1);
	struct scene *s = *state;

	give_long_exec(s, key, argv, LONG);
	assert_argv(s, key, argv, EXEC_INLINE_MAX, LONG);
	assert_int_equal(s->ledger.truncated, 1);
}

static void parts_of_another_image_are_not_taken(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	struct scene *s = *state;

	give_data(s, KEY(20, 200, 1), EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_data(s, KEY(20, 201, 2), EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_long_exec(s, KEY(20, 200, 2), argv, LONG);
	assert_argv(s, KEY(20, 200, 2), argv, EXEC_INLINE_MAX, LONG);
	assert_parts(s, 0, 0, 0, 2);
}

/* Those of a record that is thrown away go with it. */
static void parts_of_an_outdated_record(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	struct scene *s = *state;

	have_shell(s);
	give_data(s, SHELL, EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_data(s, SHELL, EXEC_ARGV, argv, EXEC_INLINE_MAX + DATA_CHUNK, 100);
	give_long_exec(s, SHELL, argv, LONG);
	assert_int_equal(scene_count(s, RECORD_EXEC, OUTCOME_OUTDATED), 1);
	assert_parts(s, 0, 2, 0, 0);
	/* Nothing is left of them that the next could take for its own. */
	s->time--;
	give_data(s, SHELL, EXEC_ARGV, argv, EXEC_INLINE_MAX + DATA_CHUNK, 100);
	assert_parts(s, 0, 2, 1, 0);
	scene_expect_nothing(s);
}

/* The walk meets a process in the middle of its exec. Each record takes its own parts. */
static void parts_of_two_records_of_one_image(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	const struct process_key key = KEY(10, 100, 2);
	struct scene *s = *state;
	const uint64_t time = s->time + 10;

	have_shell(s);
	s->time = time;
	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	s->time = time + 1;
	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX + DATA_CHUNK, 100);
	/* Outdated: of its exec it is known that it is on its way. */
	scene_task(s, key, INIT, "/bin/sh");
	assert_parts(s, 0, 2, 0, 1);
	s->time = time;
	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX + DATA_CHUNK, 100);
	give_long_exec(s, key, argv, LONG);
	assert_argv(s, key, argv, LONG, LONG);
	assert_parts(s, 2, 2, 0, 0);
	assert_int_equal(s->ledger.truncated, 0);
}

/* Their record was lost. */
static void parts_go_with_their_process(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	struct scene *s = *state;

	have_shell(s);
	give_data(s, KEY(10, 100, 2), EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	s->time++;
	give_data(s, KEY(10, 100, 3), EXEC_ENV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_data(s, KEY(10, 101, 3), EXEC_ENV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	scene_exit(s, KEY(10, 100, 3), INIT);
	assert_parts(s, 0, 0, 2, 1);
}

static void parts_of_many_records_that_never_come(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	struct scene *s = *state;

	for (uint32_t pid = 1; pid <= 70; pid++) {
		give_data(s, KEY(pid, 1, 1), EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
		give_data(s, KEY(pid, 1, 1), EXEC_ENV, argv, EXEC_INLINE_MAX, 10);
	}
	assert_parts(s, 0, 0, 12, 128);
	/* One that is of no use itself makes nobody go. */
	give_data(s, KEY(100, 1, 1), EXEC_ARGV, argv, EXEC_INLINE_MAX + DATA_CHUNK, 1);
	assert_parts(s, 0, 0, 13, 128);
}

/* More than there was cannot be. */
static void no_more_is_taken_than_there_was(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	const struct process_key key = KEY(20, 200, 1);
	struct scene *s = *state;

	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_long_exec(s, key, argv, EXEC_INLINE_MAX + 7);
	assert_argv(s, key, argv, EXEC_INLINE_MAX + 7, EXEC_INLINE_MAX + 7);
	/* Nor anything behind a head that is not full. */
	give_data(s, KEY(30, 1, 1), EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_long_exec(s, KEY(30, 1, 1), argv, 50);
	assert_argv(s, KEY(30, 1, 1), argv, 50, 50);
}

static void parts_are_used_once(void **state)
{
	_cleanup_free_ char *argv = pattern(LONG);
	const struct process_key key = KEY(20, 200, 1);
	struct scene *s = *state;

	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX, DATA_CHUNK);
	give_data(s, key, EXEC_ARGV, argv, EXEC_INLINE_MAX + DATA_CHUNK, 100);
	give_long_exec(s, key, argv, LONG);
	scene_exit(s, key, SHELL);
	give_long_exec(s, key, argv, LONG);
	assert_argv(s, key, argv, EXEC_INLINE_MAX, LONG);
}

/* What the limits cut of a path is counted as well. */
static void a_path_that_was_cut_is_counted(void **state)
{
	_cleanup_str_ struct str r = STR_INIT;
	struct scene *s = *state;

	put_exec(&r, RECORD_EXEC, &(struct record_exec){.process = KEY(20, 200, 1)},
		 &(struct exec_texts){.filename = "x", .exe = "/x", .cwd = "/deep/down"});
	((struct record_exec *)(void *)r.data)->field[EXEC_CWD].size = 5000;
	scene_give(s, &r);
	assert_int_equal(s->ledger.truncated, 1);
}

/* --- cgroups and their rates */

#define quiet(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		quiet(long_arguments_are_put_together),
		quiet(both_argv_and_env),
		quiet(the_first_part_is_lost),
		quiet(the_last_part_is_lost),
		quiet(all_parts_are_lost),
		quiet(parts_of_another_image_are_not_taken),
		quiet(parts_of_an_outdated_record),
		quiet(parts_of_two_records_of_one_image),
		quiet(parts_go_with_their_process),
		quiet(parts_of_many_records_that_never_come),
		quiet(no_more_is_taken_than_there_was),
		quiet(parts_are_used_once),
		quiet(a_path_that_was_cut_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
