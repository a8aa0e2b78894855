// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/date.h"
#include "cel/calendar.h"

#include <errno.h>
#include <time.h>

static void test_range(void **state)
{
	assert_true(cel_time_in_range(DATE_SECONDS_MIN, 0));
	assert_true(cel_time_in_range(DATE_SECONDS_MAX, 999999999));
	assert_false(cel_time_in_range(DATE_SECONDS_MIN - 1, 0));
	assert_false(cel_time_in_range(DATE_SECONDS_MAX + 1, 0));
	assert_false(cel_time_in_range(0, -1));
	assert_false(cel_time_in_range(0, 1000000000));
}

static void test_add(void **state)
{
	static const struct {
		int64_t seconds;
		int32_t nanos;
		int64_t add, sum_seconds;
		int32_t sum_nanos;
	} cases[] = {
		{0, 0, 0, 0, 0},
		{0, 999999999, 1, 1, 0},
		{0, 0, -1, -1, 999999999},
		{-1, 500000000, 500000000, 0, 0},
		{0, 1, 1999999999, 2, 0},
		{0, 0, INT64_MAX, 9223372036, 854775807},
		{0, 0, INT64_MIN, -9223372037, 145224192},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t seconds = cases[i].seconds;
		int32_t nanos = cases[i].nanos;

		assert_int_equal(cel_time_add(&seconds, &nanos, cases[i].add), 0);
		assert_int_equal(seconds, cases[i].sum_seconds);
		assert_int_equal(nanos, cases[i].sum_nanos);
	}
}

static void test_add_out_of_range(void **state)
{
	int64_t seconds = DATE_SECONDS_MAX;
	int32_t nanos = 999999999;

	assert_int_equal(cel_time_add(&seconds, &nanos, 1), -ERANGE);
	assert_int_equal(seconds, DATE_SECONDS_MAX);
	assert_int_equal(nanos, 999999999);
	seconds = DATE_SECONDS_MIN;
	nanos = 0;
	assert_int_equal(cel_time_add(&seconds, &nanos, -1), -ERANGE);
	assert_int_equal(cel_time_add(&seconds, &nanos, INT64_MIN), -ERANGE);
}

/* Every day of the range, and some seconds of it, as the C library has them. */
static void test_split(void **state)
{
	for (int64_t s = DATE_SECONDS_MIN; s <= DATE_SECONDS_MAX; s += 86400 * 7 + 12345) {
		time_t t = (time_t)s;
		struct cel_date date;
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		cel_time_split(s, 0, &date);
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(date.weekday, tm.tm_wday);
		assert_int_equal(date.yearday, tm.tm_yday);
		assert_int_equal(date.hour, tm.tm_hour);
		assert_int_equal(date.minute, tm.tm_min);
		assert_int_equal(date.second, tm.tm_sec);
	}
}

static void test_split_zone(void **state)
{
	struct cel_date date;

	cel_time_split(0, 3600, &date);
	assert_int_equal(date.hour, 1);
	cel_time_split(0, -1, &date);
	assert_int_equal(date.year, 1969);
	assert_int_equal(date.yearday, 364);
	assert_int_equal(date.second, 59);
	cel_time_split(DATE_SECONDS_MIN, -86399, &date);
	assert_int_equal(date.year, 0);
	assert_int_equal(date.month, 11);
	cel_time_split(DATE_SECONDS_MAX, 86399, &date);
	assert_int_equal(date.year, 10000);
	assert_int_equal(date.day, 1);
}

static void test_zones(void **state)
{
	static const struct {
		const char *text;
		int r, offset;
	} cases[] = {
		{"", 0, 0},
		{"UTC", 0, 0},
		{"+00:00", 0, 0},
		{"-00:00", 0, 0},
		{"01:00", 0, 3600},
		{"+01:30", 0, 5400},
		{"-02:30", 0, -9000},
		{"+23:59", 0, 86340},
		{"+24:00", -EINVAL, 0},
		{"+01:60", -EINVAL, 0},
		{"+1:00", -EINVAL, 0},
		{"+0100", -EINVAL, 0},
		{"+01:0x", -EINVAL, 0},
		{"++1:00", -EINVAL, 0},
		{"+", -EINVAL, 0},
		{"utc", -EINVAL, 0},
		{"Z", -EINVAL, 0},
		{"Europe/Paris", -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int offset = 0;

		assert_int_equal(cel_time_read_zone(cases[i].text, strlen(cases[i].text), &offset),
				 cases[i].r);
		assert_int_equal(offset, cases[i].offset);
	}
}

static void test_append(void **state)
{
	static const struct {
		int64_t nanoseconds;
		const char *text;
	} durations[] = {
		{0, "0s"},
		{1, "0.000000001s"},
		{-1, "-0.000000001s"},
		{1500000000, "1.5s"},
		{INT64_C(3600000000000), "3600s"},
		{INT64_MAX, "9223372036.854775807s"},
		{INT64_MIN, "-9223372036.854775808s"},
	};
	_cleanup_str_ struct str out = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
		str_reset(&out);
		cel_duration_append(&out, durations[i].nanoseconds);
		assert_string_equal(str_cstr(&out), durations[i].text);
	}
	str_reset(&out);
	cel_time_append(&out, 0, 0);
	assert_string_equal(str_cstr(&out), "1970-01-01T00:00:00Z");
	str_reset(&out);
	cel_time_append(&out, DATE_SECONDS_MIN, 10);
	assert_string_equal(str_cstr(&out), "0001-01-01T00:00:00.00000001Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_out_of_range),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_zone),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_append),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
