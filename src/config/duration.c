// SPDX-License-Identifier: Apache-2.0
#include "config/duration.h"
#include "base/clock.h"
#include "base/macro.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const struct unit {
	const char *name;
	uint64_t ns;
} units[] = {
	{"ns", 1},
	{"us", 1000},
	{"\u00b5s", 1000}, /* the micro sign */
	{"\u03bcs", 1000}, /* the Greek letter */
	{"ms", NSEC_PER_MSEC},
	{"s", NSEC_PER_SEC},
	{"m", 60 * NSEC_PER_SEC},
	{"h", 3600 * NSEC_PER_SEC},
};

static bool at_digit(const char *s)
{
	return isdigit((unsigned char)*s);
}

/* Reads the digits at *s. Returns whether the number is within int64_t. */
static bool read_whole(const char **s, uint64_t *ret)
{
	uint64_t v = 0;

	for (; at_digit(*s); (*s)++) {
		if (v > INT64_MAX / 10)
			return false;
		v = 10 * v + (uint64_t)(**s - '0');
	}
	*ret = v;
	return v <= INT64_MAX;
}

/* Reads the digits behind a point, as *ret / *ret_scale. Those beyond what 63 bits hold are less
 * than a nanosecond of any unit. */
static void read_fraction(const char **s, uint64_t *ret, double *ret_scale)
{
	uint64_t v = 0;
	double scale = 1;

	for (; at_digit(*s); (*s)++) {
		if (v > (INT64_MAX - 9) / 10)
			continue;
		v = 10 * v + (uint64_t)(**s - '0');
		scale *= 10;
	}
	*ret = v;
	*ret_scale = scale;
}

static const struct unit *read_unit(const char **s)
{
	size_t len = strcspn(*s, ".0123456789");

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == len && !memcmp(*s, units[i].name, len)) {
			*s += len;
			return &units[i];
		}
	return NULL;
}

int duration_parse(const char *text, uint64_t *ret)
{
	const char *s = text + (*text == '-' || *text == '+');
	uint64_t total = 0;

	if (!*s)
		return -EINVAL;
	if (!strcmp(s, "0"))
		s++;
	while (*s) {
		uint64_t whole, part = 0, ns;
		const struct unit *unit;
		double scale = 1;

		if (!at_digit(s) && !(*s == '.' && at_digit(s + 1)))
			return -EINVAL;
		if (!read_whole(&s, &whole))
			return -ERANGE;
		if (*s == '.') {
			s++;
			read_fraction(&s, &part, &scale);
		}
		unit = read_unit(&s);
		if (!unit)
			return -EINVAL;
		/* In floating point, as there: 0.3333333333333333333h is to be 20m exactly. */
		ns = (uint64_t)((double)part * ((double)unit->ns / scale));
		if (__builtin_mul_overflow(whole, unit->ns, &whole) ||
		    __builtin_add_overflow(total, whole, &total) ||
		    __builtin_add_overflow(total, ns, &total) || total > INT64_MAX)
			return -ERANGE;
	}
	if (*text == '-' && total)
		return -ERANGE;
	*ret = total;
	return 0;
}
