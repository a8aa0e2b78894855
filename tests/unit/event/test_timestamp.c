// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/timestamp.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

struct sample {
	int64_t seconds;
	int32_t nanos;
	const char *text;
};

static const struct sample times[] = {
	{0, 0, "1970-01-01T00:00:00Z"},
	{0, 1, "1970-01-01T00:00:00.000000001Z"},
	{1795000000, 123000000, "2026-11-18T11:06:40.123Z"},
	{1795000000, 123456000, "2026-11-18T11:06:40.123456Z"},
	{1795000000, 120, "2026-11-18T11:06:40.000000120Z"},
	{951782400, 0, "2000-02-29T00:00:00Z"},
	{-1, 999999999, "1969-12-31T23:59:59.999999999Z"},
	{-2208988801, 0, "1899-12-31T23:59:59Z"},
	{-62135596800, 0, "0001-01-01T00:00:00Z"},
	{253402300799, 999999999, "9999-12-31T23:59:59.999999999Z"},
};

static void times_both_ways(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		_cleanup_str_ struct str s = STR_INIT;
		int64_t seconds;
		int32_t nanos;

		timestamp_append(&s, times[i].seconds, times[i].nanos);
		assert_string_equal(str_cstr(&s), times[i].text);
		assert_int_equal(timestamp_parse(s.data, s.len, &seconds, &nanos), 0);
		assert_int_equal(seconds, times[i].seconds);
		assert_int_equal(nanos, times[i].nanos);
	}
}

static void agrees_with_the_c_library(void **state)
{
	/* A step of about 37 days that comes to all times of day, over all the years. */
	for (int64_t t = -62135596800; t < 253402300799; t += 3217561) {
		_cleanup_str_ struct str s = STR_INIT;
		time_t seconds = t;
		char expected[64];
		int64_t back;
		int32_t nanos;
		struct tm tm;

		gmtime_r(&seconds, &tm);
		snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02dZ",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			 tm.tm_sec);
		timestamp_append(&s, t, 0);
		assert_string_equal(str_cstr(&s), expected);
		assert_int_equal(timestamp_parse(s.data, s.len, &back, &nanos), 0);
		assert_int_equal(back, t);
	}
}

static void out_of_range_is_the_nearest_end(void **state)
{
	static const struct sample cases[] = {
		{INT64_MIN, 5, "0001-01-01T00:00:00Z"},
		{-62135596801, 999999999, "0001-01-01T00:00:00Z"},
		{253402300800, 0, "9999-12-31T23:59:59.999999999Z"},
		{INT64_MAX, -1, "9999-12-31T23:59:59.999999999Z"},
		{0, -1, "1970-01-01T00:00:00Z"},
		{0, 1000000000, "1970-01-01T00:00:00.999999999Z"},
		{0, INT_MIN, "1970-01-01T00:00:00Z"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		timestamp_append(&s, cases[i].seconds, cases[i].nanos);
		assert_string_equal(str_cstr(&s), cases[i].text);
	}
}

static void other_forms_of_time(void **state)
{
	static const struct sample cases[] = {
		{0, 0, "1970-01-01T00:00:00.000000000Z"}, {0, 500000000, "1970-01-01T00:00:00.5Z"},
		{-5400, 0, "1970-01-01T00:00:00+01:30"},  {28800, 0, "1970-01-01T00:00:00-08:00"},
		{86400, 0, "1970-01-01T23:59:00-00:01"},  {0, 0, "1970-01-01T00:00:00-00:00"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t seconds;
		int32_t nanos;

		assert_int_equal(
			timestamp_parse(cases[i].text, strlen(cases[i].text), &seconds, &nanos), 0);
		assert_int_equal(seconds, cases[i].seconds);
		assert_int_equal(nanos, cases[i].nanos);
	}
}

static void no_time(void **state)
{
	static const char *const cases[] = {
		"",
		"1970",
		"1970-01-01",
		"1970-01-01T00:00:00",
		"1970-01-01 00:00:00Z",
		"1970-01-01t00:00:00z",
		"1970-1-01T00:00:00Z",
		"1970-00-01T00:00:00Z",
		"1970-13-01T00:00:00Z",
		"1970-01-00T00:00:00Z",
		"1970-04-31T00:00:00Z",
		"1970-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"1970-01-01T24:00:00Z",
		"1970-01-01T00:60:00Z",
		"1970-01-01T23:59:60Z",
		"1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00.1234567890Z",
		"1970-01-01T00:00:00Zx",
		"1970-01-01T00:00:00+0100",
		"1970-01-01T00:00:00+24:00",
		"1970-01-01T00:00:00+01:60",
		"0000-12-31T23:59:59Z",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
		"+970-01-01T00:00:00Z",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t seconds = 4711;
		int32_t nanos = 4712;

		assert_int_equal(timestamp_parse(cases[i], strlen(cases[i]), &seconds, &nanos),
				 -EINVAL);
		assert_int_equal(seconds, 4711);
		assert_int_equal(nanos, 4712);
	}
}

static void durations_both_ways(void **state)
{
	static const struct sample cases[] = {
		{0, 0, "0s"},
		{1, 500000000, "1.500s"},
		{-1, -500000000, "-1.500s"},
		{0, -1, "-0.000000001s"},
		{60, 1000, "60.000001s"},
		{315576000000, 0, "315576000000s"},
		{-315576000000, 0, "-315576000000s"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;
		int64_t seconds;
		int32_t nanos;

		timestamp_append_duration(&s, cases[i].seconds, cases[i].nanos);
		assert_string_equal(str_cstr(&s), cases[i].text);
		assert_int_equal(timestamp_parse_duration(s.data, s.len, &seconds, &nanos), 0);
		assert_int_equal(seconds, cases[i].seconds);
		assert_int_equal(nanos, cases[i].nanos);
	}
}

static void odd_durations(void **state)
{
	static const struct sample cases[] = {
		{2, -500000000, "1.500s"},
		{-2, 500000000, "-1.500s"},
		{1, -1, "0.999999999s"},
		{-1, 999999999, "-0.000000001s"},
		{INT64_MIN, -1, "-315576000000s"},
		{INT64_MAX, 1, "315576000000s"},
		{315576000000, 1, "315576000000s"},
		{-315576000000, -1, "-315576000000s"},
		{0, INT_MAX, "0.999999999s"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		timestamp_append_duration(&s, cases[i].seconds, cases[i].nanos);
		assert_string_equal(str_cstr(&s), cases[i].text);
	}
}

static void other_forms_of_duration(void **state)
{
	static const struct sample cases[] = {
		{1, 500000000, "1.5s"}, {1, 500000000, "+1.500000000s"}, {0, 500000000, ".5s"},
		{0, 0, "-0s"},          {0, -500000000, "-.5s"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t seconds;
		int32_t nanos;

		assert_int_equal(timestamp_parse_duration(cases[i].text, strlen(cases[i].text),
							  &seconds, &nanos),
				 0);
		assert_int_equal(seconds, cases[i].seconds);
		assert_int_equal(nanos, cases[i].nanos);
	}
}

static void no_duration(void **state)
{
	static const char *const cases[] = {
		"",
		"s",
		"1",
		"1.5",
		"1ms",
		"--1s",
		"1.s",
		".s",
		"1.5.5s",
		"1,5s",
		" 1s",
		"1s ",
		"1.1234567890s",
		"315576000001s",
		"-s",
		"315576000000.1s",
		"99999999999999999999999s",
		"0x1s",
		"1e3s",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t seconds;
		int32_t nanos;

		assert_int_equal(
			timestamp_parse_duration(cases[i], strlen(cases[i]), &seconds, &nanos),
			-EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_both_ways),
		cmocka_unit_test(agrees_with_the_c_library),
		cmocka_unit_test(out_of_range_is_the_nearest_end),
		cmocka_unit_test(other_forms_of_time),
		cmocka_unit_test(no_time),
		cmocka_unit_test(durations_both_ways),
		cmocka_unit_test(odd_durations),
		cmocka_unit_test(other_forms_of_duration),
		cmocka_unit_test(no_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
