// SPDX-License-Identifier: Apache-2.0
#include "cel/calendar.h"

#include "base/clock.h"
#include "base/date.h"
#include "event/timestamp.h"

#include <errno.h>

#define SECOND ((int64_t)NSEC_PER_SEC)

bool cel_time_in_range(int64_t seconds, int32_t nanos)
{
	return seconds >= DATE_SECONDS_MIN && seconds <= DATE_SECONDS_MAX && nanos >= 0 &&
	       nanos < SECOND;
}

int cel_time_add(int64_t *seconds, int32_t *nanos, int64_t nanoseconds)
{
	int64_t s = *seconds + nanoseconds / SECOND, n = *nanos + nanoseconds % SECOND;

	if (n < 0 || n >= SECOND) {
		s += n < 0 ? -1 : 1;
		n += n < 0 ? SECOND : -SECOND;
	}
	if (!cel_time_in_range(s, (int32_t)n))
		return -ERANGE;
	*seconds = s;
	*nanos = (int32_t)n;
	return 0;
}

void cel_time_split(int64_t seconds, int offset, struct cel_date *ret)
{
	static const short before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	/* The least time of all, a day west of Greenwich, is 305 days after the first day. */
	int64_t since = seconds + offset + (int64_t)DATE_DAYS_BEFORE_1970 * DATE_SECONDS_PER_DAY;
	unsigned days = (unsigned)(since / DATE_SECONDS_PER_DAY);
	int second = (int)(since % DATE_SECONDS_PER_DAY);
	struct date date = date_of_day(days);

	ret->year = (int)date.year;
	ret->month = (int)date.month - 1;
	ret->day = (int)date.day;
	ret->yearday = before_month[ret->month] + ret->day - 1;
	ret->yearday += ret->month > 1 && date_is_leap_year(date.year);
	ret->weekday = (int)((days + 3) % 7);
	ret->hour = second / 3600;
	ret->minute = second / 60 % 60;
	ret->second = second % 60;
}

static bool read_two(const char *s, int most, int *ret)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*ret = 10 * (s[0] - '0') + s[1] - '0';
	return *ret <= most;
}

int cel_time_read_zone(const char *s, size_t len, int *ret_offset)
{
	bool west = len && *s == '-', sign = west || (len && *s == '+');
	int hours, minutes;

	if (len == 0 || (len == 3 && !memcmp(s, "UTC", 3))) {
		*ret_offset = 0;
		return 0;
	}
	s += sign;
	if (len - sign != 5 || !read_two(s, 23, &hours) || s[2] != ':' ||
	    !read_two(s + 3, 59, &minutes))
		return -EINVAL;
	*ret_offset = 60 * (60 * hours + minutes) * (west ? -1 : 1);
	return 0;
}

static void append_fraction(struct str *out, uint64_t nanos)
{
	unsigned digits = 9;

	if (nanos == 0)
		return;
	for (; nanos % 10 == 0; digits--)
		nanos /= 10;
	str_append_char(out, '.');
	str_append_padded(out, nanos, digits);
}

void cel_time_append(struct str *out, int64_t seconds, int32_t nanos)
{
	timestamp_append(out, seconds, 0);
	if (out->failed)
		return;
	out->len--; /* the Z */
	append_fraction(out, (uint64_t)nanos);
	str_append_char(out, 'Z');
}

void cel_duration_append(struct str *out, int64_t nanoseconds)
{
	uint64_t v = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;

	if (nanoseconds < 0)
		str_append_char(out, '-');
	str_append_u64(out, v / NSEC_PER_SEC);
	append_fraction(out, v % NSEC_PER_SEC);
	str_append_char(out, 's');
}
