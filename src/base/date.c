// SPDX-License-Identifier: Apache-2.0
#include "base/date.h"

/*
 * The calendar repeats every 400 years. Counting days from 1 March of year 0
 * puts the leap day at the end of the year, which makes the day a month begins
 * on linear in the month: 0, 31, 61, 92 … is (153 * month + 2) / 5.
 */
#define DAYS_PER_ERA 146097

struct date date_of_day(unsigned day)
{
	unsigned era = day / DAYS_PER_ERA, year, month;

	day %= DAYS_PER_ERA;
	year = (day - day / 1460 + day / 36524 - day / (DAYS_PER_ERA - 1)) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	return (struct date){year + 400 * era + (month <= 2), month, day + 1};
}

unsigned date_to_day(const struct date *date)
{
	unsigned year = date->year - (date->month <= 2), month = (date->month + 9) % 12;

	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date->day -
	       1;
}

bool date_is_leap_year(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
