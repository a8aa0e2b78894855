// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/json_float.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static void doubles(void **state)
{
	static const struct {
		double v;
		const char *text;
	} cases[] = {
		{0, "0"},
		{-0.0, "-0"},
		{1, "1"},
		{-1.5, "-1.5"},
		{10, "10"},
		{100, "100"},
		{0.1, "0.1"},
		{0.1 + 0.2, "0.30000000000000004"},
		{123456.789, "123456.789"},
		{0.000001, "0.000001"},
		{0.00000125, "0.00000125"},
		{0.0000001, "1e-7"},
		{0.00000099, "9.9e-7"},
		{1.25e-10, "1.25e-10"},
		{1e20, "100000000000000000000"},
		{123456789012345678901.0, "123456789012345680000"},
		{1e21, "1e+21"},
		{-1.5e300, "-1.5e+300"},
		{9007199254740993.0, "9007199254740992"},
		{DBL_MAX, "1.7976931348623157e+308"},
		{DBL_MIN, "2.2250738585072014e-308"},
		{5e-324, "5e-324"},
		{NAN, "\"NaN\""},
		{INFINITY, "\"Infinity\""},
		{-INFINITY, "\"-Infinity\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		json_write_double(&s, cases[i].v);
		assert_string_equal(str_cstr(&s), cases[i].text);
		if (cases[i].text[0] != '"')
			assert_true(strtod(s.data, NULL) == cases[i].v);
	}
}

static void floats(void **state)
{
	static const struct {
		float v;
		const char *text;
	} cases[] = {
		{0.1f, "0.1"},
		{16777216.0f, "16777216"},
		{3.4e20f, "340000000000000000000"},
		{1e21f, "1e+21"},
		{1e-6f, "0.000001"},
		{1e-7f, "1e-7"},
		{FLT_MAX, "3.4028235e+38"},
		{FLT_MIN, "1.1754944e-38"},
		{1e-45f, "1e-45"},
		{-0.0f, "-0"},
		{NAN, "\"NaN\""},
		{-INFINITY, "\"-Infinity\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		json_write_float(&s, cases[i].v);
		assert_string_equal(str_cstr(&s), cases[i].text);
		if (cases[i].text[0] != '"')
			assert_true(strtof(s.data, NULL) == cases[i].v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles),
		cmocka_unit_test(floats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
