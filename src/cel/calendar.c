// SPDX-License-Identifier: Apache-2.0
#include "cel/calendar.h"

#include "base/clock.h"
#include "event/timestamp.h"

#include <errno.h>

#define MIN_SECONDS INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define MAX_SECONDS INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define SECONDS_PER_DAY 86400
#define SECOND ((int64_t)NSEC_PER_SEC)

/* Counting days from 1 March of year 0 puts the leap day at the end of a year, and makes the day a
 * month begins on linear in the month; the calendar repeats every 400 years. */
#define DAYS_PER_ERA 146097
#define DAYS_BEFORE_1970 719468

bool cel_time_in_range(int64_t seconds, int32_t nanos)
{
	return seconds >= MIN_SECONDS && seconds <= MAX_SECONDS && nanos >= 0 && nanos < SECOND;
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

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static void split_days(int days, struct cel_date *ret)
{
	static const short before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	int era = days / DAYS_PER_ERA, day = days % DAYS_PER_ERA, month;
	int year = (day - day / 1460 + day / 36524 - day / (DAYS_PER_ERA - 1)) / 365;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	ret->day = day - (153 * month + 2) / 5 + 1;
	ret->month = (month + 2) % 12;
	ret->year = year + 400 * era + (ret->month < 2);
	ret->yearday = before_month[ret->month] + ret->day - 1;
	ret->yearday += ret->month > 1 && is_leap(ret->year);
	/* 1 March of year 0 was a Wednesday. */
	ret->weekday = (days + 3) % 7;
}

void cel_time_split(int64_t seconds, int offset, struct cel_date *ret)
{
	/* The least time of all, a day west of Greenwich, is 305 days after 1 March of year 0. */
	int64_t since = seconds + offset + (int64_t)DAYS_BEFORE_1970 * SECONDS_PER_DAY;
	int second = (int)(since % SECONDS_PER_DAY);

	split_days((int)(since / SECONDS_PER_DAY), ret);
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

/* The longer of those that begin alike come first. */
static const struct {
	const char *name;
	int64_t nanoseconds;
} units[] = {
	{"ns", 1},       {"us", 1000},  {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000},
	{"ms", 1000000}, {"s", SECOND}, {"m", 60 * SECOND},  {"h", 3600 * SECOND},
};

/* What is left to read of a text. */
struct cursor {
	const char *p, *end;
};

static bool next_is_digit(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

static int64_t next_unit(struct cursor *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t n = strlen(units[i].name);

		if ((size_t)(c->end - c->p) < n || memcmp(c->p, units[i].name, n))
			continue;
		c->p += n;
		return units[i].nanoseconds;
	}
	return 0;
}

/* The digits of a fraction, and what they are to be divided by; more than 18 do not count. */
static void next_fraction(struct cursor *c, uint64_t *ret, double *ret_scale)
{
	*ret = 0;
	*ret_scale = 1;
	for (; next_is_digit(c); c->p++) {
		if (*ret_scale >= 1e18)
			continue;
		*ret = 10 * *ret + (uint64_t)(*c->p - '0');
		*ret_scale *= 10;
	}
}

/* A number with its unit: "1.5h". Adds it to *sum. */
static int next_part(struct cursor *c, uint64_t *sum)
{
	uint64_t whole = 0, fraction = 0, unit;
	const char *begin = c->p;
	double scale = 1;
	bool fits = true;

	for (; next_is_digit(c); c->p++)
		fits = fits && !__builtin_mul_overflow(whole, 10, &whole) &&
		       !__builtin_add_overflow(whole, (uint64_t)(*c->p - '0'), &whole);
	if (c->p < c->end && *c->p == '.') {
		c->p++;
		next_fraction(c, &fraction, &scale);
		if (c->p == begin + 1)
			return -EINVAL;
	} else if (c->p == begin) {
		return -EINVAL;
	}
	unit = (uint64_t)next_unit(c);
	if (unit == 0)
		return -EINVAL;
	fraction = (uint64_t)((double)fraction * ((double)unit / scale));
	fits = fits && !__builtin_mul_overflow(whole, unit, &whole) &&
	       !__builtin_add_overflow(*sum, whole, sum) &&
	       !__builtin_add_overflow(*sum, fraction, sum);
	return fits ? 0 : -ERANGE;
}

int cel_duration_read(const char *s, size_t len, int64_t *ret)
{
	struct cursor c = {s, s + len};
	bool negative = len && *s == '-';
	uint64_t sum = 0;
	int r = 0;

	if (negative || (len && *s == '+'))
		c.p++;
	if (c.p == c.end)
		return -EINVAL;
	if (c.end - c.p == 1 && *c.p == '0') {
		*ret = 0;
		return 0;
	}
	while (c.p < c.end && r >= 0)
		r = next_part(&c, &sum);
	if (r < 0)
		return r;
	if (sum > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*ret = (int64_t)(negative ? 0 - sum : sum);
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
