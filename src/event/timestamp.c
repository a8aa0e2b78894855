// SPDX-License-Identifier: Apache-2.0
#include "event/timestamp.h"

#include "base/date.h"

#include <errno.h>

#define MAX_NANOS 999999999
#define MAX_DURATION INT64_C(315576000000)

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
	struct date date = date_of_day(days);

	p = put_digits(p, date.year, 4);
	*p++ = '-';
	p = put_digits(p, date.month, 2);
	*p++ = '-';
	return put_digits(p, date.day, 2);
}

void timestamp_append(struct str *out, int64_t seconds, int32_t nanos)
{
	char *p = str_reserve(out, sizeof("9999-12-31T23:59:59.999999999Z"));
	unsigned days, second;

	if (!p)
		return;
	if (seconds < DATE_SECONDS_MIN || seconds > DATE_SECONDS_MAX) {
		nanos = seconds < 0 ? 0 : MAX_NANOS;
		seconds = seconds < 0 ? DATE_SECONDS_MIN : DATE_SECONDS_MAX;
	}
	nanos = MIN(MAX(nanos, 0), MAX_NANOS);
	seconds += (int64_t)DATE_DAYS_BEFORE_1970 * DATE_SECONDS_PER_DAY;
	days = (unsigned)(seconds / DATE_SECONDS_PER_DAY);
	second = (unsigned)(seconds % DATE_SECONDS_PER_DAY);

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

	return days[month - 1] + (month == 2 && date_is_leap_year(year));
}

int timestamp_parse(const char *s, size_t len, int64_t *ret_seconds, int32_t *ret_nanos)
{
	struct cursor c = {s, s + len};
	unsigned hour, minute, second, nanos = 0;
	struct date date;
	int64_t seconds;
	int offset;

	if (!next_number(&c, 4, &date.year) || !next_is(&c, '-') ||
	    !next_number(&c, 2, &date.month) || !next_is(&c, '-') ||
	    !next_number(&c, 2, &date.day) || !next_is(&c, 'T') || !next_number(&c, 2, &hour) ||
	    !next_is(&c, ':') || !next_number(&c, 2, &minute) || !next_is(&c, ':') ||
	    !next_number(&c, 2, &second))
		return -EINVAL;
	if (c.p < c.end && *c.p == '.' && !next_fraction(&c, &nanos))
		return -EINVAL;
	if (!next_offset(&c, &offset) || c.p != c.end)
		return -EINVAL;
	if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 ||
	    date.day > days_in_month(date.year, date.month) || hour > 23 || minute > 59 ||
	    second > 59)
		return -EINVAL;

	seconds = ((int64_t)date_to_day(&date) - DATE_DAYS_BEFORE_1970) * DATE_SECONDS_PER_DAY +
		  3600 * hour + 60 * minute + second - offset;
	if (seconds < DATE_SECONDS_MIN || seconds > DATE_SECONDS_MAX)
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
