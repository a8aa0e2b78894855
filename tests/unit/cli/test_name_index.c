// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "cli/name_index.h"

#include <errno.h>
#include <stdio.h>

static void numbers(void **state)
{
	enum { N = 1000 };
	struct name_index index = {.max = N};
	char name[16];
	bool is_new;
	size_t at;

	assert_int_equal(name_index_find(&index, "x", &at), -ENOENT);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < N; i++) {
			snprintf(name, sizeof(name), "n%zu", i);
			assert_int_equal(name_index_add(&index, name, &at, &is_new), 0);
			assert_true(is_new);
			assert_int_equal(at, i);
		}
		assert_int_equal(name_index_add(&index, "one more", &at, &is_new), -ENOSPC);
		assert_int_equal(name_index_add(&index, "n7", &at, &is_new), 0);
		assert_false(is_new);
		assert_int_equal(at, 7);
		assert_int_equal(name_index_find(&index, "n999", &at), 0);
		assert_int_equal(at, 999);
		assert_int_equal(name_index_find(&index, "n1000", &at), -ENOENT);
		name_index_clear(&index);
		assert_int_equal(name_index_find(&index, "n7", &at), -ENOENT);
	}
	name_index_done(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
