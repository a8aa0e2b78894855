// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "export/lines.h"

static void counting(void **state)
{
	assert_int_equal(lines_count("", 0), 0);
	assert_int_equal(lines_count("abc", 3), 0);
	assert_int_equal(lines_count("\n\n", 2), 2);
	assert_int_equal(lines_count("a\nb\nc", 5), 2);
	assert_int_equal(lines_count("a\nb\n", 3), 1);
}

static void fitting(void **state)
{
	static const char data[] = "aa\nbbb\nc\n";
	static const size_t expected[] = {0, 0, 0, 3, 3, 3, 3, 7, 7, 9, 9, 9};

	for (size_t room = 0; room < ARRAY_SIZE(expected); room++)
		assert_int_equal(lines_fitting(data, sizeof(data) - 1, room), expected[room]);
}

static void first(void **state)
{
	assert_int_equal(lines_first("aa\nb\n", 5), 3);
	assert_int_equal(lines_first("aa", 2), 2);
	assert_int_equal(lines_first("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counting),
		cmocka_unit_test(fitting),
		cmocka_unit_test(first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
