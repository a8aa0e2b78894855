// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/date.h"

#include <time.h>

/* Every day of the years that have a text, as the C library has them. */
static void days(void **state)
{
	for (int64_t s = DATE_SECONDS_MIN; s <= DATE_SECONDS_MAX; s += DATE_SECONDS_PER_DAY) {
		unsigned day = (unsigned)(s / DATE_SECONDS_PER_DAY + DATE_DAYS_BEFORE_1970);
		time_t t = (time_t)s;
		struct date date = date_of_day(day);
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon + 1);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(date_to_day(&date), day);
	}
}

static void the_first_day(void **state)
{
	struct date date = date_of_day(0);

	assert_int_equal(date.year, 0);
	assert_int_equal(date.month, 3);
	assert_int_equal(date.day, 1);
	assert_int_equal(date_to_day(&date), 0);
}

static void leap_years(void **state)
{
	assert_true(date_is_leap_year(2024));
	assert_false(date_is_leap_year(2023));
	assert_false(date_is_leap_year(1900));
	assert_true(date_is_leap_year(2000));
	assert_true(date_is_leap_year(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days),
		cmocka_unit_test(the_first_day),
		cmocka_unit_test(leap_years),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
