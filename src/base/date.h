/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_DATE_H
#define OCELLI_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* The Gregorian calendar, also before there was one. */

/* Points in time that have a text: years 0001 to 9999, in seconds since 1970. */
#define DATE_SECONDS_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define DATE_SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define DATE_SECONDS_PER_DAY 86400

/* Days are counted from 1 March of year 0, a Wednesday. */
#define DATE_DAYS_BEFORE_1970 719468

/* All from 1 but the year. */
struct date {
	unsigned year, month, day;
};

struct date date_of_day(unsigned day);
unsigned date_to_day(const struct date *date); /* one that there is, from day 0 on */

bool date_is_leap_year(unsigned year);

#endif
