// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "core/pending.h"
#include "records.h"

#define FIRST EXEC_INLINE_MAX
#define _cleanup_pendings_ _cleanup_(pendings_done)

static void add(struct pendings *pendings, struct process_key key, enum exec_field field,
		uint32_t offset, struct bytes data)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_data(&s, key, field, offset, data);
	assert_int_equal(pendings_add(pendings, (const struct record_data *)(void *)s.data), 0);
}

static void assert_has(struct pendings *pendings, struct process_key key, enum exec_field field,
		       const char *text)
{
	struct pending *p = pendings_find(pendings, &key);

	assert_non_null(p);
	assert_int_equal(p->field[field].len, strlen(text));
	assert_memory_equal(p->field[field].data, text, strlen(text));
}

static void nothing_is_there_at_first(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};

	assert_null(pendings_find(&pendings, &KEY(0, 0, 0)));
	assert_null(pendings_find(&pendings, &KEY(1, 1, 1)));
}

static void parts_follow_each_other(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};

	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("abc"));
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST + 3, BYTES("de"));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "abcde");
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

static void what_comes_behind_a_gap_is_of_no_use(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};

	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("abc"));
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST + 4, BYTES("e"));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "abc");
	/* The first one was lost. */
	add(&pendings, KEY(2, 2, 2), EXEC_ARGV, FIRST + DATA_CHUNK, BYTES("x"));
	assert_has(&pendings, KEY(2, 2, 2), EXEC_ARGV, "");
	/* Twice the same. */
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("abc"));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "abc");
}

static void a_released_place_is_empty(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};
	struct pending *p;

	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("abc"));
	add(&pendings, KEY(1, 1, 1), EXEC_ENV, FIRST, BYTES("def"));
	p = pendings_find(&pendings, &KEY(1, 1, 1));
	pendings_release(p);
	assert_null(pendings_find(&pendings, &KEY(1, 1, 1)));
	/* The memory goes back at once. */
	for (int i = 0; i < _EXEC_FIELD_MAX; i++) {
		assert_null(p->field[i].data);
		assert_int_equal(p->field[i].cap, 0);
	}
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST, BYTES("x"));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "x");
}

static void the_oldest_gives_its_place(void **state)
{
	_cleanup_pendings_ struct pendings pendings = {0};

	for (uint32_t pid = 1; pid <= PENDING_MAX; pid++)
		add(&pendings, KEY(pid, 1, 1), EXEC_ARGV, FIRST, BYTES("x"));
	/* Not the oldest any more. */
	add(&pendings, KEY(1, 1, 1), EXEC_ARGV, FIRST + 1, BYTES("y"));
	add(&pendings, KEY(1000, 1, 1), EXEC_ARGV, FIRST, BYTES("new"));
	assert_null(pendings_find(&pendings, &KEY(2, 1, 1)));
	assert_has(&pendings, KEY(1, 1, 1), EXEC_ARGV, "xy");
	assert_has(&pendings, KEY(3, 1, 1), EXEC_ARGV, "x");
	assert_has(&pendings, KEY(1000, 1, 1), EXEC_ARGV, "new");
	/* What is free goes before what is old. */
	pendings_release(pendings_find(&pendings, &KEY(40, 1, 1)));
	add(&pendings, KEY(1001, 1, 1), EXEC_ENV, FIRST, BYTES("newer"));
	assert_has(&pendings, KEY(3, 1, 1), EXEC_ARGV, "x");
	/* A gap counts as a sign of life too, and takes a place. */
	add(&pendings, KEY(3, 1, 1), EXEC_ARGV, FIRST + 9, BYTES("z"));
	add(&pendings, KEY(1002, 1, 1), EXEC_ARGV, FIRST + 9, BYTES("z"));
	assert_null(pendings_find(&pendings, &KEY(4, 1, 1)));
	assert_has(&pendings, KEY(3, 1, 1), EXEC_ARGV, "x");
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
		cmocka_unit_test(what_comes_behind_a_gap_is_of_no_use),
		cmocka_unit_test(a_released_place_is_empty),
		cmocka_unit_test(the_oldest_gives_its_place),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
