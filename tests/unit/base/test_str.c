// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/str.h"

static void numbers(void **state)
{
	static const struct {
		uint64_t v;
		const char *text;
	} cases[] = {{0, "0"},
		     {9, "9"},
		     {10, "10"},
		     {99, "99"},
		     {100, "100"},
		     {1234567, "1234567"},
		     {UINT64_MAX, "18446744073709551615"}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		str_append_u64(&s, cases[i].v);
		assert_string_equal(str_cstr(&s), cases[i].text);
	}
}

static void signed_numbers(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	str_append_i64(&s, INT64_MIN);
	str_append_char(&s, ' ');
	str_append_i64(&s, -1);
	str_append_char(&s, ' ');
	str_append_i64(&s, INT64_MAX);
	assert_string_equal(str_cstr(&s), "-9223372036854775808 -1 9223372036854775807");
}

static void padding(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	str_append_padded(&s, 7, 2);
	str_append_char(&s, ':');
	str_append_padded(&s, 123456, 2);
	str_append_char(&s, ':');
	str_append_padded(&s, 0, 9);
	assert_string_equal(str_cstr(&s), "07:123456:000000000");
}

static void growth_keeps_content(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	for (int i = 0; i < 10000; i++)
		str_append_lit(&s, "0123456789");
	assert_int_equal(s.len, 100000);
	for (size_t i = 0; i < s.len; i++)
		assert_int_equal(s.data[i], '0' + (int)(i % 10));
}

static void failure_sticks_until_reset(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	str_append_lit(&s, "x");
	assert_null(str_grow(&s, SIZE_MAX - 1));
	assert_true(s.failed);
	assert_null(str_cstr(&s));
	str_reset(&s);
	str_appendf(&s, "%s-%d", "a", 5);
	assert_string_equal(str_cstr(&s), "a-5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(padding),
		cmocka_unit_test(growth_keeps_content),
		cmocka_unit_test(failure_sticks_until_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
