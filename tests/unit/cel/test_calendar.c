// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "cel/calendar.h"

#include <errno.h>
#include <time.h>

#define MIN_SECONDS INT64_C(-62135596800)
#define MAX_SECONDS INT64_C(253402300799)

static void test_range(void **state)
{
	assert_true(cel_time_in_range(MIN_SECONDS, 0));
	assert_true(cel_time_in_range(MAX_SECONDS, 999999999));
	assert_false(cel_time_in_range(MIN_SECONDS - 1, 0));
	assert_false(cel_time_in_range(MAX_SECONDS + 1, 0));
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
	int64_t seconds = MAX_SECONDS;
	int32_t nanos = 999999999;

	assert_int_equal(cel_time_add(&seconds, &nanos, 1), -ERANGE);
	assert_int_equal(seconds, MAX_SECONDS);
	assert_int_equal(nanos, 999999999);
	seconds = MIN_SECONDS;
	nanos = 0;
	assert_int_equal(cel_time_add(&seconds, &nanos, -1), -ERANGE);
	assert_int_equal(cel_time_add(&seconds, &nanos, INT64_MIN), -ERANGE);
}

/* Every day of the range, and some seconds of it, as the C library has them. */
static void test_split(void **state)
{
	for (int64_t s = MIN_SECONDS; s <= MAX_SECONDS; s += 86400 * 7 + 12345) {
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
	cel_time_split(MIN_SECONDS, -86399, &date);
	assert_int_equal(date.year, 0);
	assert_int_equal(date.month, 11);
	cel_time_split(MAX_SECONDS, 86399, &date);
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

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int r;
		int64_t value;
	} cases[] = {
		{"0", 0, 0},
		{"-0", 0, 0},
		{"0s", 0, 0},
		{"1ns", 0, 1},
		{"1us", 0, 1000},
		{"1\302\265s", 0, 1000},
		{"1\316\274s", 0, 1000},
		{"1ms", 0, 1000000},
		{"1s", 0, 1000000000},
		{"1m", 0, INT64_C(60000000000)},
		{"1h", 0, INT64_C(3600000000000)},
		{"+1h", 0, INT64_C(3600000000000)},
		{"-1h30m", 0, INT64_C(-5400000000000)},
		{"1m1m", 0, INT64_C(120000000000)},
		{"1.5s", 0, 1500000000},
		{".5s", 0, 500000000},
		{"1.s", 0, 1000000000},
		{"1.123456789s", 0, 1123456789},
		{"1.1234567891234567891s", 0, 1123456789},
		{"0.1ns", 0, 0},
		{"2562047h47m16.854775807s", 0, INT64_MAX},
		{"-2562047h47m16.854775808s", 0, INT64_MIN},
		{"9223372036854775807ns", 0, INT64_MAX},
		{"9223372036854775808ns", -ERANGE, 0},
		{"9223372036.9s", -ERANGE, 0},
		{"99999999999999999999999h", -ERANGE, 0},
		{"9999999999999999h", -ERANGE, 0},
		{"18446744073709551615ns1ns", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"-", -EINVAL, 0},
		{"1", -EINVAL, 0},
		{"00", -EINVAL, 0},
		{"s", -EINVAL, 0},
		{".s", -EINVAL, 0},
		{"1d", -EINVAL, 0},
		{"1 s", -EINVAL, 0},
		{"1s ", -EINVAL, 0},
		{"1h-1m", -EINVAL, 0},
		{"1.2.3s", -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t v = 0;

		assert_int_equal(cel_duration_read(cases[i].text, strlen(cases[i].text), &v),
				 cases[i].r);
		assert_int_equal(v, cases[i].value);
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
	cel_time_append(&out, MIN_SECONDS, 10);
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
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_append),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
