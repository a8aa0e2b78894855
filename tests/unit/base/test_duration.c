// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/duration.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <string.h>

#define US INT64_C(1000)
#define MS (1000 * US)
#define S (1000 * MS)
#define M (60 * S)
#define H (60 * M)

static void good(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{"0", 0},
		{"-0", 0},
		{"+0", 0},
		{"0s", 0},
		{"-0s", 0},
		{"5s", 5 * S},
		{"30s", 30 * S},
		{"1478s", 1478 * S},
		{"+5s", 5 * S},
		{"-5s", -5 * S},
		{"5.0s", 5 * S},
		{"5.6s", 5 * S + 600 * MS},
		{"5.s", 5 * S},
		{".5s", 500 * MS},
		{"-.5s", -500 * MS},
		{"1.0s", 1 * S},
		{"1.00s", 1 * S},
		{"1.004s", 1 * S + 4 * MS},
		{"1.0040s", 1 * S + 4 * MS},
		{"100.00100s", 100 * S + 1 * MS},
		{"1.1234567891234567891s", 1 * S + 123456789},
		{"0.1ns", 0},
		{"10ns", 10},
		{"11us", 11 * US},
		{"12\xc2\xb5s", 12 * US},
		{"12\xce\xbcs", 12 * US},
		{"13ms", 13 * MS},
		{"14s", 14 * S},
		{"15m", 15 * M},
		{"16h", 16 * H},
		{"3h30m", 3 * H + 30 * M},
		{"-1h30m", -90 * M},
		{"1m1m", 2 * M},
		{"10.5s4m", 4 * M + 10 * S + 500 * MS},
		{"1h2m3s4ms5us6ns", 1 * H + 2 * M + 3 * S + 4 * MS + 5 * US + 6},
		{"39h9m14.425s", 39 * H + 9 * M + 14 * S + 425 * MS},
		{"52763797000ns", 52763797000},
		{"0.3333333333333333333h", 20 * M},
		{"9007199254740993ns", 9007199254740993},
		{"9223372036854775807ns", INT64_MAX},
		{"9223372036854775.807us", INT64_MAX},
		{"9223372036s854ms775us807ns", INT64_MAX},
		{"2562047h47m16.854775807s", INT64_MAX},
		{"-2562047h47m16.854775808s", INT64_MIN},
		{"0.100000000000000000000h", 6 * M},
		{"0.830103483285477580700h", 49 * M + 48 * S + 372539827},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t ns = 1;

		print_message("%s\n", cases[i].text);
		assert_int_equal(duration_read(cases[i].text, strlen(cases[i].text), &ns), 0);
		assert_int_equal(ns, cases[i].ns);
	}
}

static void bad(void **state)
{
	static const struct {
		const char *text;
		int r;
	} cases[] = {
		{"", -EINVAL},
		{"3", -EINVAL},
		{"00", -EINVAL},
		{"-", -EINVAL},
		{"+", -EINVAL},
		{"--1s", -EINVAL},
		{"s", -EINVAL},
		{".", -EINVAL},
		{"-.", -EINVAL},
		{".s", -EINVAL},
		{"+.s", -EINVAL},
		{"1d", -EINVAL},
		{"1S", -EINVAL},
		{"1 s", -EINVAL},
		{" 1s", -EINVAL},
		{"1s ", -EINVAL},
		{"1s-2s", -EINVAL},
		{"1.2.3s", -EINVAL},
		{"\x85\x85", -EINVAL},
		{"hello \xff\xff world", -EINVAL},
		{"99999999999999999999999d", -EINVAL},
		{"9223372036854775810ns", -ERANGE},
		{"9223372036854775808ns", -ERANGE},
		{"-9223372036854775809ns", -ERANGE},
		{"9223372036854775.808us", -ERANGE},
		{"9223372036854ms775us808ns", -ERANGE},
		{"9223372036.9s", -ERANGE},
		{"18446744073709551615ns1ns", -ERANGE},
		{"99999999999999999999999h", -ERANGE},
		{"3000000h", -ERANGE},
		{"2000000h2000000h", -ERANGE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t ns = 1;

		print_message("%s\n", cases[i].text);
		assert_int_equal(duration_read(cases[i].text, strlen(cases[i].text), &ns),
				 cases[i].r);
		assert_int_equal(ns, 1);
	}
}

static void is_written_as_it_is_read(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{0, "0s"},
		{1, "1ns"},
		{1100, "1.1\302\265s"},
		{2200000, "2.2ms"},
		{999999999, "999.999999ms"},
		{3300000000, "3.3s"},
		{1000000001, "1.000000001s"},
		{60000000000, "1m0s"},
		{245000000000, "4m5s"},
		{245001000000, "4m5.001s"},
		{18367001000000, "5h6m7.001s"},
		{5400000000000, "1h30m0s"},
		{INT64_MAX, "2562047h47m16.854775807s"},
		{INT64_MIN, "-2562047h47m16.854775808s"},
		{-1500000, "-1.5ms"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str out = STR_INIT;
		int64_t ns = 1;

		duration_append(&out, cases[i].ns);
		assert_string_equal(str_cstr(&out), cases[i].text);
		assert_int_equal(duration_read(out.data, out.len, &ns), 0);
		assert_true(ns == cases[i].ns);
	}
}

static void not_beyond_the_end(void **state)
{
	int64_t ns = 1;

	assert_int_equal(duration_read("5ms", 2, &ns), 0);
	assert_int_equal(ns, 5 * M);
	assert_int_equal(duration_read("5.5s", 2, &ns), -EINVAL);
	assert_int_equal(duration_read("0s", 1, &ns), 0);
	assert_int_equal(ns, 0);
	assert_int_equal(duration_read(NULL, 0, &ns), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(is_written_as_it_is_read),
		cmocka_unit_test(not_beyond_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
