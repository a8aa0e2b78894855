// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/number.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

static void test_digit(void **state)
{
	assert_int_equal(number_digit('0'), 0);
	assert_int_equal(number_digit('9'), 9);
	assert_int_equal(number_digit('a'), 10);
	assert_int_equal(number_digit('F'), 15);
	assert_int_equal(number_digit('g'), UINT_MAX);
	assert_int_equal(number_digit('/'), UINT_MAX);
}

static void test_integers(void **state)
{
	static const struct {
		const char *text;
		int r;
		int64_t value;
	} cases[] = {
		{"0", 0, 0},
		{"-0", 0, 0},
		{"+7", 0, 7},
		{"-7", 0, -7},
		{"007", 0, 7},
		{"9223372036854775807", 0, INT64_MAX},
		{"-9223372036854775808", 0, INT64_MIN},
		{"9223372036854775808", -ERANGE, 0},
		{"-9223372036854775809", -ERANGE, 0},
		{"99999999999999999999999", -ERANGE, 0},
		{"99999999999999999999999x", -EINVAL, 0},
		{"", -EINVAL, 0},
		{"-", -EINVAL, 0},
		{"--1", -EINVAL, 0},
		{" 1", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"1a", -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t v = 0;

		assert_int_equal(number_read_int(cases[i].text, strlen(cases[i].text), &v),
				 cases[i].r);
		assert_int_equal(v, cases[i].value);
	}
}

static void test_bases(void **state)
{
	uint64_t v;

	assert_int_equal(number_read_digits("fF", 2, 16, &v), 0);
	assert_int_equal(v, 255);
	assert_int_equal(number_read_digits("377", 3, 8, &v), 0);
	assert_int_equal(v, 255);
	assert_int_equal(number_read_digits("8", 1, 8, &v), -EINVAL);
	assert_int_equal(number_read_digits("18446744073709551615", 20, 10, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(number_read_digits("18446744073709551616", 20, 10, &v), -ERANGE);
}

static void test_doubles(void **state)
{
	static const struct {
		const char *text;
		int r;
		double value;
	} cases[] = {
		{"1", 0, 1},         {"-1.5", 0, -1.5},     {"+.5", 0, 0.5},
		{"5.", 0, 5},        {"1e3", 0, 1000},      {"1E-3", 0, 0.001},
		{"0x1p4", 0, 16},    {"inf", 0, INFINITY},  {"-Infinity", 0, -INFINITY},
		{"1e-400", 0, 0},    {"1e400", -ERANGE, 0}, {"", -EINVAL, 0},
		{".", -EINVAL, 0},   {" 1", -EINVAL, 0},    {"1 ", -EINVAL, 0},
		{"1,5", -EINVAL, 0}, {"0x10", -EINVAL, 0},  {"nan(1)", -EINVAL, 0},
		{"e3", -EINVAL, 0},
	};
	double v;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		v = 0;
		assert_int_equal(number_read_double(cases[i].text, strlen(cases[i].text), &v),
				 cases[i].r);
		assert_true(v == cases[i].value);
	}
	assert_int_equal(number_read_double("nan", 3, &v), 0);
	assert_true(isnan(v));
	/* The text need not end where the number does. */
	assert_int_equal(number_read_double("1234", 2, &v), 0);
	assert_true(v == 12);
}

static void test_long_double(void **state)
{
	char text[NUMBER_TEXT_MAX + 2];
	double v;

	memset(text, '0', sizeof(text));
	assert_int_equal(number_read_double(text, NUMBER_TEXT_MAX, &v), 0);
	assert_int_equal(number_read_double(text, NUMBER_TEXT_MAX + 1, &v), -EINVAL);
}

static void test_bools(void **state)
{
	static const struct {
		const char *text;
		int r;
		bool value;
	} cases[] = {
		{"1", 0, true},           {"t", 0, true},          {"T", 0, true},
		{"true", 0, true},        {"True", 0, true},       {"TRUE", 0, true},
		{"0", 0, false},          {"f", 0, false},         {"F", 0, false},
		{"false", 0, false},      {"False", 0, false},     {"FALSE", 0, false},
		{"", -EINVAL, true},      {"tRUE", -EINVAL, true}, {"tru", -EINVAL, true},
		{"truee", -EINVAL, true}, {"yes", -EINVAL, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool v = true;

		assert_int_equal(number_read_bool(cases[i].text, strlen(cases[i].text), &v),
				 cases[i].r);
		assert_int_equal(v, cases[i].value);
	}
	assert_int_equal(number_read_bool(NULL, 0, &(bool){false}), -EINVAL);
}

/* The other style is event/test_json_float.c's. */
static const struct number_style style = {
	.nan = "not",
	.infinity = "much",
	.minus_infinity = "less",
	.fixed_from = -4,
	.fixed_below = 6,
	.exponent_digits = 2,
};

static void test_append(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{0, "0"},
		{-0.0, "-0"},
		{1, "1"},
		{-1.5, "-1.5"},
		{0.1, "0.1"},
		{0.1 + 0.2, "0.30000000000000004"},
		{0.0001, "0.0001"},
		{0.00001, "1e-05"},
		{0.000012, "1.2e-05"},
		{100000, "100000"},
		{123456.75, "123456.75"},
		{1000000, "1e+06"},
		{1234567, "1.234567e+06"},
		{1e21, "1e+21"},
		{1e100, "1e+100"},
		{5e-324, "5e-324"},
		{1.7976931348623157e308, "1.7976931348623157e+308"},
		{INFINITY, "much"},
		{-INFINITY, "less"},
		{NAN, "not"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str out = STR_INIT;

		number_append_double(&out, cases[i].value, &style);
		assert_string_equal(str_cstr(&out), cases[i].text);
	}
}

static void test_append_float(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;

	number_append_float(&out, 0.1f, &style);
	assert_string_equal(str_cstr(&out), "0.1");
	str_reset(&out);
	number_append_float(&out, 16777216, &style);
	assert_string_equal(str_cstr(&out), "1.6777216e+07");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digit),       cmocka_unit_test(test_integers),
		cmocka_unit_test(test_bases),       cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_long_double), cmocka_unit_test(test_bools),
		cmocka_unit_test(test_append),      cmocka_unit_test(test_append_float),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
