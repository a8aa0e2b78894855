// SPDX-License-Identifier: Apache-2.0
#include "event/timestamp.h"

#include <errno.h>

#define SECONDS_PER_DAY 86400
#define MIN_SECONDS INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define MAX_SECONDS INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define MAX_NANOS 999999999
#define MAX_DURATION INT64_C(315576000000)

/*
 * The calendar repeats every 400 years. Counting days from 1 March of year 0
 * puts the leap day at the end of the year, which makes the day a month begins
 * on linear in the month: 0, 31, 61, 92 … is (153 * month + 2) / 5.
 */
#define DAYS_PER_ERA 146097
#define DAYS_BEFORE_1970 719468 /* from 1 March of year 0 */

static char *put_digits(char *p, unsigned v, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--) {
		p[i - 1] = (char)('0' + v % 10);
		v /= 10;
	}
	return p + digits;
}

/* As many groups of three digits as it takes. */
static char *put_fraction(char *p, unsigned nanos)
{
	if (nanos == 0)
		return p;
	*p++ = '.';
	p = put_digits(p, nanos / 1000000, 3);
	if (nanos % 1000000 == 0)
		return p;
	p = put_digits(p, nanos / 1000 % 1000, 3);
	if (nanos % 1000 == 0)
		return p;
	return put_digits(p, nanos % 1000, 3);
}

static char *put_date(char *p, unsigned days)
{
	unsigned era = days / DAYS_PER_ERA, day = days % DAYS_PER_ERA;
	unsigned year = (day - day / 1460 + day / 36524 - day / (DAYS_PER_ERA - 1)) / 365;
	unsigned month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	year += 400 * era + (month <= 2);

	p = put_digits(p, year, 4);
	*p++ = '-';
	p = put_digits(p, month, 2);
	*p++ = '-';
	return put_digits(p, day + 1, 2);
}

void timestamp_append(struct str *out, int64_t seconds, int32_t nanos)
{
	char *p = str_reserve(out, sizeof("9999-12-31T23:59:59.999999999Z"));
	unsigned days, second;

	if (!p)
		return;
	if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
		nanos = seconds < 0 ? 0 : MAX_NANOS;
		seconds = seconds < 0 ? MIN_SECONDS : MAX_SECONDS;
	}
	nanos = MIN(MAX(nanos, 0), MAX_NANOS);
	seconds += (int64_t)DAYS_BEFORE_1970 * SECONDS_PER_DAY;
	days = (unsigned)(seconds / SECONDS_PER_DAY);
	second = (unsigned)(seconds % SECONDS_PER_DAY);

	p = put_date(p, days);
	*p++ = 'T';
	p = put_digits(p, second / 3600, 2);
	*p++ = ':';
	p = put_digits(p, second / 60 % 60, 2);
	*p++ = ':';
	p = put_digits(p, second % 60, 2);
	p = put_fraction(p, (unsigned)nanos);
	*p++ = 'Z';
	out->len = (size_t)(p - out->data);
}

void timestamp_append_duration(struct str *out, int64_t seconds, int32_t nanos)
{
	char tail[sizeof(".999999999s")], *end;
	bool negative;

	nanos = MIN(MAX(nanos, -MAX_NANOS), MAX_NANOS);
	/* protobuf wants one sign for both parts; a sum of two signs is still a duration. */
	if (seconds > 0 && nanos < 0) {
		seconds--;
		nanos += MAX_NANOS + 1;
	} else if (seconds < 0 && nanos > 0) {
		seconds++;
		nanos -= MAX_NANOS + 1;
	}
	if (seconds <= -MAX_DURATION || seconds >= MAX_DURATION) {
		seconds = seconds < 0 ? -MAX_DURATION : MAX_DURATION;
		nanos = 0;
	}
	negative = seconds < 0 || nanos < 0;

	if (negative)
		str_append_char(out, '-');
	str_append_u64(out, (uint64_t)(negative ? -seconds : seconds));
	end = put_fraction(tail, (unsigned)(negative ? -nanos : nanos));
	*end++ = 's';
	str_append(out, tail, (size_t)(end - tail));
}

/* What is left to read of a text. */
struct cursor {
	const char *p, *end;
};

static bool next_is(struct cursor *c, char want)
{
	if (c->p == c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

static bool next_is_digit(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

/* Reads exactly @digits digits. */
static bool next_number(struct cursor *c, unsigned digits, unsigned *ret)
{
	unsigned v = 0;

	for (; digits > 0; digits--) {
		if (!next_is_digit(c))
			return false;
		v = 10 * v + (unsigned)(*c->p++ - '0');
	}
	*ret = v;
	return true;
}

/* Reads ".5" as 500000000. */
static bool next_fraction(struct cursor *c, unsigned *ret)
{
	unsigned v = 0, digits = 0;

	if (!next_is(c, '.') || !next_is_digit(c))
		return false;
	for (; next_is_digit(c); digits++) {
		if (digits == 9)
			return false;
		v = 10 * v + (unsigned)(*c->p++ - '0');
	}
	for (; digits < 9; digits++)
		v *= 10;
	*ret = v;
	return true;
}

/* "Z" or "+01:30", as seconds to take off. */
static bool next_offset(struct cursor *c, int *ret)
{
	unsigned hours, minutes;
	bool west;

	if (next_is(c, 'Z')) {
		*ret = 0;
		return true;
	}
	west = next_is(c, '-');
	if (!west && !next_is(c, '+'))
		return false;
	if (!next_number(c, 2, &hours) || !next_is(c, ':') || !next_number(c, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ret = (int)(60 * (60 * hours + minutes)) * (west ? -1 : 1);
	return true;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static int64_t days_from_date(unsigned year, unsigned month, unsigned day)
{
	unsigned y = year - (month <= 2), m = (month + 9) % 12;

	return (int64_t)(365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1) -
	       DAYS_BEFORE_1970;
}

int timestamp_parse(const char *s, size_t len, int64_t *ret_seconds, int32_t *ret_nanos)
{
	struct cursor c = {s, s + len};
	unsigned year, month, day, hour, minute, second, nanos = 0;
	int64_t seconds;
	int offset;

	if (!next_number(&c, 4, &year) || !next_is(&c, '-') || !next_number(&c, 2, &month) ||
	    !next_is(&c, '-') || !next_number(&c, 2, &day) || !next_is(&c, 'T') ||
	    !next_number(&c, 2, &hour) || !next_is(&c, ':') || !next_number(&c, 2, &minute) ||
	    !next_is(&c, ':') || !next_number(&c, 2, &second))
		return -EINVAL;
	if (c.p < c.end && *c.p == '.' && !next_fraction(&c, &nanos))
		return -EINVAL;
	if (!next_offset(&c, &offset) || c.p != c.end)
		return -EINVAL;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
	    hour > 23 || minute > 59 || second > 59)
		return -EINVAL;

	seconds = days_from_date(year, month, day) * SECONDS_PER_DAY + 3600 * hour + 60 * minute +
		  second - offset;
	if (seconds < MIN_SECONDS || seconds > MAX_SECONDS)
		return -EINVAL;
	*ret_seconds = seconds;
	*ret_nanos = (int32_t)nanos;
	return 0;
}

int timestamp_parse_duration(const char *s, size_t len, int64_t *ret_seconds, int32_t *ret_nanos)
{
	struct cursor c = {s, s + len};
	bool negative = next_is(&c, '-');
	unsigned nanos = 0;
	int64_t seconds = 0;

	if (!negative)
		next_is(&c, '+');
	if (!next_is_digit(&c) && (c.p == c.end || *c.p != '.'))
		return -EINVAL;
	while (next_is_digit(&c)) {
		seconds = 10 * seconds + (*c.p++ - '0');
		if (seconds > MAX_DURATION)
			return -EINVAL;
	}
	if (c.p < c.end && *c.p == '.' && !next_fraction(&c, &nanos))
		return -EINVAL;
	if (!next_is(&c, 's') || c.p != c.end || (seconds == MAX_DURATION && nanos))
		return -EINVAL;
	*ret_seconds = negative ? -seconds : seconds;
	*ret_nanos = negative ? -(int32_t)nanos : (int32_t)nanos;
	return 0;
}
