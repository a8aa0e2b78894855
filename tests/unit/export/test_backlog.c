// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "export/backlog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void fill(char *data, size_t len, unsigned *reterr_next)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (char)((*reterr_next)++ * 2654435761U >> 24);
}

static void first_in_first_out(void **state)
{
	struct backlog backlog = {.limit = 1 << 20};
	const char *front;

	assert_int_equal(backlog_append(&backlog, "hello ", 6), 0);
	assert_int_equal(backlog_append(&backlog, "world", 5), 0);
	assert_int_equal(backlog_front(&backlog, &front), 11);
	assert_memory_equal(front, "hello world", 11);
	backlog_consume(&backlog, 6);
	assert_int_equal(backlog_front(&backlog, &front), 5);
	assert_memory_equal(front, "world", 5);
	backlog_clear(&backlog);
}

static void empty_holds_no_memory(void **state)
{
	struct backlog backlog = {.limit = 1 << 20};

	assert_int_equal(backlog_append(&backlog, "x", 1), 0);
	assert_non_null(backlog.data);
	backlog_consume(&backlog, 1);
	assert_null(backlog.data);
	assert_int_equal(backlog.cap, 0);
	assert_int_equal(backlog.limit, 1 << 20);
	assert_int_equal(backlog_append(&backlog, "", 0), 0);
	assert_null(backlog.data);
}

static void growth_stops_at_the_limit(void **state)
{
	static const char block[50000];
	struct backlog backlog = {.limit = 200000};

	for (int i = 0; i < 4; i++)
		assert_int_equal(backlog_append(&backlog, block, sizeof(block)), 0);
	assert_int_equal(backlog.cap, 200000);
	/* What cannot be left away still finds room. */
	assert_int_equal(backlog_append(&backlog, block, 10), 0);
	assert_int_equal(backlog.len, 200010);
	backlog_clear(&backlog);
}

static void too_much_leaves_it_alone(void **state)
{
	struct backlog backlog = {.limit = 1 << 20};
	const char *front;

	assert_int_equal(backlog_append(&backlog, "abc", 3), 0);
	assert_int_equal(backlog_append(&backlog, "", SIZE_MAX), -ENOMEM);
	assert_int_equal(backlog_append(&backlog, "", SIZE_MAX / 4), -ENOMEM);
	assert_int_equal(backlog_front(&backlog, &front), 3);
	assert_memory_equal(front, "abc", 3);
	backlog_clear(&backlog);
}

static void order_survives_wrapping_and_growing(void **state)
{
	struct backlog backlog = {.limit = 300000};
	unsigned in = 0, out = 0, seed = 7;
	char block[40000], expected[40000];

	for (int i = 0; i < 20000; i++) {
		size_t n = (size_t)rand_r(&seed) % sizeof(block);

		if (rand_r(&seed) % 2 && backlog.len + n <= backlog.limit) {
			fill(block, n, &in);
			assert_int_equal(backlog_append(&backlog, block, n), 0);
		} else if (backlog.len > 0) {
			const char *front;
			size_t have = backlog_front(&backlog, &front);

			n = MIN(n, have);
			fill(expected, n, &out);
			assert_memory_equal(front, expected, n);
			backlog_consume(&backlog, n);
		}
		assert_int_equal(backlog.len, in - out);
		assert_true(backlog.cap <= backlog.limit);
	}
	backlog_clear(&backlog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_in_first_out),
		cmocka_unit_test(empty_holds_no_memory),
		cmocka_unit_test(growth_stops_at_the_limit),
		cmocka_unit_test(too_much_leaves_it_alone),
		cmocka_unit_test(order_survives_wrapping_and_growing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
