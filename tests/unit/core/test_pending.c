// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "core/pending.h"
#include "records.h"

#define FIRST EXEC_INLINE_MAX
#define TIME 1000
#define _cleanup_pendings_ _cleanup_(pendings_done)

/* As who hears of the part: to its record's place, else to the one that is free for longest. */
static int try(struct pendings *pendings, struct process_key key, uint64_t time,
	       enum exec_field field, uint32_t offset, struct bytes data)
{
	struct pending *p = pendings_find(pendings, &key, time);
	_cleanup_str_ struct str s = STR_INIT;

	if (!p) {
		p = pendings_place(pendings);
		pendings_release(pendings, p);
	}
	put_data(&s, key, field, offset, data);
	((struct record *)(void *)s.data)->time = time;
	return pendings_add(pendings, p, (const struct record_data *)(void *)s.data);
}

static void add(struct pendings *pendings, struct process_key key, enum exec_field field,
		uint32_t offset, struct bytes data)
{
	assert_int_equal(try(pendings, key, TIME, field, offset, data), 1);
}

static void assert_has(struct pendings *pendings, struct process_key key, enum exec_field field,
		       const char *text)
{
	struct pending *p = pendings_find(pendings, &key, TIME);

	assert_non_null(p);
	assert_int_equal(p->field[field].len, strlen(text));
	assert_memory_equal(p->field[field].data, text, strlen(text));
}

static void assert_none(struct pendings *pendings, struct process_key key)
{
	assert_null(pendings_find(pendings, &key, TIME));
}

static void nothing_is_there_at_first(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};

	assert_null(pendings_find(&pendings, &KEY(0, 0, 0), 0));
	assert_none(&pendings, KEY(1, 1, 1));
	assert_null(pendings_find_process(&pendings, &KEY(0, 0, 0)));
	assert_int_equal(pendings.n, 0);
}

static void parts_follow_each_other(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};

	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("abc"));
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST + 3, BYTES("de"));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "abcde");
	assert_int_equal(pendings_find(&pendings, &KEY(1, 1, 1), TIME)->parts, 2);
	assert_int_equal(pendings.n, 1);
}

static void processes_and_fields_are_apart(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};

	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("a"));
	add(&pendings, KEY(1, 1, 2), EXEC_ARGV, FIRST, BYTES("b"));
	add(&pendings, KEY(1, 2, 1), EXEC_ARGV, FIRST, BYTES("c"));
	add(&pendings, KEY(2, 1, 1), EXEC_ARGV, FIRST, BYTES("d"));
	add(&pendings, KEY(1, 1, 1), EXEC_ENV, FIRST, BYTES("e"));
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST + 1, BYTES("f"));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "af");
	assert_has(&pendings, KEY(1, 1, 2), EXEC_ARGV, "b");
	assert_has(&pendings, KEY(1, 2, 1), EXEC_ARGV, "c");
	assert_has(&pendings, KEY(2, 1, 1), EXEC_ARGV, "d");
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ENV, "e");
}

/* Its exec's, and those of the walk that met it meanwhile. */
static void records_of_one_process_are_apart(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};
	const struct process_key key = KEY(1, 1, 1);
	struct pending *p;

	add(&pendings, key, EXEC_ARGV, FIRST, BYTES("a"));
	assert_int_equal(try(&pendings, key, TIME + 1, EXEC_ARGV, FIRST, BYTES("b")), 1);
	add(&pendings, key, EXEC_ARGV, FIRST + 1, BYTES("c"));
	assert_has(&pendings, key, EXEC_ARGV, "ac");
	p = pendings_find(&pendings, &key, TIME + 1);
	assert_int_equal(p->field[EXEC_ARGV].len, 1);
	assert_memory_equal(p->field[EXEC_ARGV].data, "b", 1);
	pendings_release(&pendings, p);
	assert_has(&pendings, key, EXEC_ARGV, "ac");
}

static void all_of_a_process(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};
	const struct process_key process = KEY(1, 1, 9);
	struct pending *p;
	unsigned n = 0;

	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("a"));
	add(&pendings, KEY(1, 1, 2), EXEC_ARGV, FIRST, BYTES("b"));
	add(&pendings, KEY(1, 2, 1), EXEC_ARGV, FIRST, BYTES("c"));
	assert_int_equal(try(&pendings, KEY(1, 1, 2), TIME + 1, EXEC_ENV, FIRST, BYTES("d")), 1);
	for (; (p = pendings_find_process(&pendings, &process)); n++)
		pendings_release(&pendings, p);
	assert_int_equal(n, 3);
	assert_int_equal(pendings.n, 1);
	assert_has(&pendings, KEY(1, 2, 1), EXEC_ARGV, "c");
}

static void what_comes_behind_a_gap_is_of_no_use(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};
	const struct process_key key = KEY(1, 1, 1);

	add(&pendings, key, EXEC_ARGV, FIRST, BYTES("abc"));
	assert_int_equal(try(&pendings, key, TIME, EXEC_ARGV, FIRST + 4, BYTES("e")), 0);
	assert_has(&pendings, key, EXEC_ARGV, "abc");
	/* Twice the same. */
	assert_int_equal(try(&pendings, key, TIME, EXEC_ARGV, FIRST, BYTES("abc")), 0);
	assert_has(&pendings, key, EXEC_ARGV, "abc");
	assert_int_equal(pendings_find(&pendings, &key, TIME)->parts, 1);
	/* The first one was lost: no place is taken for the second. */
	assert_int_equal(
		try(&pendings, KEY(2, 2, 2), TIME, EXEC_ARGV, FIRST + DATA_CHUNK, BYTES("x")), 0);
	assert_none(&pendings, KEY(2, 2, 2));
	assert_int_equal(pendings.n, 1);
}

static void a_released_place_is_empty(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};
	struct pending *p;

	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("abc"));
	add(&pendings, KEY(1, 1, 1), EXEC_ENV, FIRST, BYTES("def"));
	p = pendings_find(&pendings, &KEY(1, 1, 1), TIME);
	pendings_release(&pendings, p);
	assert_none(&pendings, KEY(1, 1, 1));
	assert_int_equal(pendings.n, 0);
	assert_int_equal(p->parts, 0);
	/* The memory goes back at once. */
	for (int i = 0; i < _EXEC_FIELD_MAX; i++) {
		assert_null(p->field[i].data);
		assert_int_equal(p->field[i].cap, 0);
	}
	/* It is none the less free for that. */
	pendings_release(&pendings, p);
	assert_int_equal(pendings.n, 0);
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("x"));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "x");
}

static void an_empty_part(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};

	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES(""));
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("x"));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "x");
}

static void the_oldest_gives_its_place(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};

	for (uint32_t pid = 1; pid <= PENDING_MAX; pid++)
		add(&pendings, KEY(pid, 1, 1), EXEC_ARGV, FIRST, BYTES("x"));
	assert_int_equal(pendings.n, PENDING_MAX);
	/* Not the oldest any more. */
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST + 1, BYTES("y"));
	add(&pendings, KEY(1000, 1, 1), EXEC_ARGV, FIRST, BYTES("new"));
	assert_none(&pendings, KEY(2, 1, 1));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "xy");
	assert_has(&pendings, KEY(3, 1, 1), EXEC_ARGV, "x");
	assert_has(&pendings, KEY(1000, 1, 1), EXEC_ARGV, "new");
	/* What is free goes before what is old. */
	pendings_release(&pendings, pendings_find(&pendings, &KEY(40, 1, 1), TIME));
	add(&pendings, KEY(1001, 1, 1), EXEC_ENV, FIRST, BYTES("newer"));
	assert_has(&pendings, KEY(3, 1, 1), EXEC_ARGV, "x");
	assert_int_equal(pendings.n, PENDING_MAX);
}

/* All of 64 places used over and over hold no more than 64 processes' worth. */
static void memory_is_bounded(void **state)
{
	static char chunk[DATA_CHUNK];
	_cleanup_pendings_ struct pendings pendings = {0};
	size_t bytes = 0;

	for (uint32_t pid = 0; pid < 4 * PENDING_MAX; pid++)
		for (uint32_t i = 0; i < DATA_CHUNKS_MAX; i++)
			add(&pendings, KEY(pid, 1, 1), EXEC_ARGV, FIRST + i * DATA_CHUNK,
			    (struct bytes){chunk, sizeof(chunk)});
	for (size_t i = 0; i < PENDING_MAX; i++)
		bytes += pendings.v[i].field[EXEC_ARGV].cap;
	assert_true(bytes <= (size_t)PENDING_MAX * DATA_CHUNKS_MAX * DATA_CHUNK);
	assert_int_equal(pendings.v[0].field[EXEC_ARGV].len, DATA_CHUNKS_MAX * DATA_CHUNK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_there_at_first),
		cmocka_unit_test(parts_follow_each_other),
		cmocka_unit_test(processes_and_fields_are_apart),
		cmocka_unit_test(records_of_one_process_are_apart),
		cmocka_unit_test(all_of_a_process),
		cmocka_unit_test(what_comes_behind_a_gap_is_of_no_use),
		cmocka_unit_test(a_released_place_is_empty),
		cmocka_unit_test(an_empty_part),
		cmocka_unit_test(the_oldest_gives_its_place),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
