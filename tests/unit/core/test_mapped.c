// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "core/mapped.h"
#include "records.h"

#include <stdlib.h>

#define A KEY(10, 100, 1)
#define B KEY(10, 100, 2)
#define C KEY(20, 200, 1)

static int add(struct mapped *mapped, struct process_key process, const struct record_load *facts,
	       const char *path)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_load(&s, facts, path);
	return mapped_add(mapped, &process, (const void *)s.data);
}

static void each_once(void **state)
{
	struct record_load plain = {.inode = 7}, other = {.inode = 8};
	struct record_load known = {.build_id = {1}, .build_id_size = 20};
	struct mapped mapped;

	mapped_init(&mapped);
	for (int i = 1; i >= 0; i--) {
		assert_int_equal(add(&mapped, A, &plain, "/a"), i);
		assert_int_equal(add(&mapped, A, &plain, "/b"), i);
		assert_int_equal(add(&mapped, B, &plain, "/a"), i);
		assert_int_equal(add(&mapped, C, &plain, "/a"), i);
		assert_int_equal(add(&mapped, A, &other, "/a"), i);
		assert_int_equal(add(&mapped, A, &known, "/a"), i);
	}
	mapped_done(&mapped);
}

/* What was told last is remembered longest. */
static void there_is_an_end_to_them(void **state)
{
	const uint64_t n = 4 * MAPPED_BUCKETS * MAPPED_WAYS;
	struct record_load facts = {0};
	uint64_t remembered = 0;
	struct mapped mapped;

	mapped_init(&mapped);
	for (facts.inode = 0; facts.inode < n; facts.inode++)
		assert_int_equal(add(&mapped, A, &facts, "/a"), 1);
	/* Nothing is forgotten by being asked for. */
	for (facts.inode = n - 512; facts.inode < n; facts.inode++)
		remembered += add(&mapped, A, &facts, "/a") == 0;
	assert_true(remembered > 480);
	facts.inode = 0;
	assert_int_equal(add(&mapped, A, &facts, "/a"), 1);
	mapped_done(&mapped);
}

static void wait_for(struct mapped *mapped, struct process_key process, uint64_t time)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_load(&s, &(struct record_load){.record.time = time}, "/x");
	assert_int_equal(mapped_wait(mapped, &process, (const void *)s.data), 0);
}

static void assert_time(struct mapped_file *file, uint64_t time)
{
	assert_non_null(file);
	assert_int_equal(file->record.record.time, time);
	assert_memory_equal(&file->record + 1, "/x", 2);
	free(file);
}

static void they_wait(void **state)
{
	struct mapped mapped;

	mapped_init(&mapped);
	assert_null(mapped_take_late(&mapped, UINT64_MAX));
	wait_for(&mapped, A, 1);
	wait_for(&mapped, C, 2);
	wait_for(&mapped, B, 3);
	assert_null(mapped_take_late(&mapped, 1));
	assert_time(mapped_take(&mapped, &B), 1);
	assert_time(mapped_take(&mapped, &A), 3);
	assert_null(mapped_take(&mapped, &A));
	assert_time(mapped_take_late(&mapped, 3), 2);
	assert_null(mapped_take_late(&mapped, UINT64_MAX));
	for (uint64_t i = 0; i <= MAPPED_WAITING_MAX; i++) {
		assert_null(mapped_take_late(&mapped, 0));
		wait_for(&mapped, C, 10 + i);
	}
	assert_time(mapped_take_late(&mapped, 0), 10);
	assert_null(mapped_take_late(&mapped, 0));
	mapped_done(&mapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_once),
		cmocka_unit_test(there_is_an_end_to_them),
		cmocka_unit_test(they_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
