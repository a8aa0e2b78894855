// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "config/string_list.h"

static void added_strings_are_copies(void **state)
{
	_cleanup_strings_ struct strings list = {0};
	char text[] = "abc";

	assert_int_equal(strings_add(&list, text, 2), 0);
	text[0] = 'x';
	assert_int_equal(strings_add(&list, "", 0), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.v[0], "ab");
	assert_string_equal(list.v[1], "");
	assert_true(strings_contain(&list, "ab"));
	assert_false(strings_contain(&list, "abc"));
}

static void moving_empties_the_source(void **state)
{
	_cleanup_strings_ struct strings a = {0}, b = {0};

	assert_int_equal(strings_move(&a, &b), 0);
	assert_int_equal(a.n, 0);
	strings_add(&a, "1", 1);
	strings_add(&b, "2", 1);
	strings_add(&b, "3", 1);
	assert_int_equal(strings_move(&a, &b), 0);
	assert_int_equal(a.n, 3);
	assert_string_equal(a.v[2], "3");
	assert_int_equal(b.n, 0);
	assert_null(b.v);
}

static void equality(void **state)
{
	_cleanup_strings_ struct strings a = {0}, b = {0};

	assert_true(strings_equal(&a, &b));
	strings_add(&a, "1", 1);
	assert_false(strings_equal(&a, &b));
	strings_add(&b, "2", 1);
	assert_false(strings_equal(&a, &b));
	strings_free(&b);
	strings_add(&b, "1", 1);
	assert_true(strings_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(added_strings_are_copies),
		cmocka_unit_test(moving_empties_the_source),
		cmocka_unit_test(equality),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
