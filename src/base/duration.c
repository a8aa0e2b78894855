// SPDX-License-Identifier: Apache-2.0
#include "base/duration.h"
#include "base/clock.h"
#include "base/macro.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The longer of those that begin alike come first. */
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

/* What is left to read of a text. */
struct cursor {
	const char *p, *end;
};

static bool next_is_digit(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

/* Returns how many digits there were; *ret_fits: whether their number does. */
static size_t next_whole(struct cursor *c, uint64_t *ret, bool *ret_fits)
{
	const char *begin = c->p;

	*ret = 0;
	*ret_fits = true;
	for (; next_is_digit(c); c->p++)
		*ret_fits = *ret_fits && !__builtin_mul_overflow(*ret, 10, ret) &&
			    !__builtin_add_overflow(*ret, (uint64_t)(*c->p - '0'), ret);
	return (size_t)(c->p - begin);
}

/* The digits behind a point are *ret / *ret_scale. Those beyond what 63 bits hold are less than a
 * nanosecond of any unit. */
static size_t next_fraction(struct cursor *c, uint64_t *ret, double *ret_scale)
{
	const char *begin = c->p;

	*ret = 0;
	*ret_scale = 1;
	for (; next_is_digit(c); c->p++) {
		if (*ret > (INT64_MAX - 9) / 10)
			continue;
		*ret = 10 * *ret + (uint64_t)(*c->p - '0');
		*ret_scale *= 10;
	}
	return (size_t)(c->p - begin);
}

/* Its nanoseconds; 0 where no unit follows. */
static uint64_t next_unit(struct cursor *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t n = strlen(units[i].name);

		if ((size_t)(c->end - c->p) < n || memcmp(c->p, units[i].name, n))
			continue;
		c->p += n;
		return units[i].ns;
	}
	return 0;
}

/* A number with its unit, "1.5h", is added to *sum. */
static int next_part(struct cursor *c, uint64_t *sum)
{
	uint64_t whole, fraction = 0, unit;
	double scale = 1;
	bool fits;
	size_t digits = next_whole(c, &whole, &fits);

	if (c->p < c->end && *c->p == '.') {
		c->p++;
		digits += next_fraction(c, &fraction, &scale);
	}
	if (digits == 0)
		return -EINVAL;
	unit = next_unit(c);
	if (unit == 0)
		return -EINVAL;
	/* In floating point, as there: 0.3333333333333333333h is to be 20m exactly. */
	fraction = (uint64_t)((double)fraction * ((double)unit / scale));
	fits = fits && !__builtin_mul_overflow(whole, unit, &whole) &&
	       !__builtin_add_overflow(*sum, whole, sum) &&
	       !__builtin_add_overflow(*sum, fraction, sum);
	return fits ? 0 : -ERANGE;
}

int duration_read(const char *s, size_t len, int64_t *ret)
{
	bool negative = len && *s == '-', sign = negative || (len && *s == '+');
	struct cursor c = {s + sign, s + len};
	uint64_t sum = 0;
	int r = 0;

	if (c.p == c.end)
		return -EINVAL;
	if (c.end - c.p == 1 && *c.p == '0')
		c.p++;
	while (c.p < c.end && r >= 0)
		r = next_part(&c, &sum);
	if (r < 0)
		return r;
	if (sum > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*ret = (int64_t)(negative ? 0 - sum : sum);
	return 0;
}

/* With as many digits behind the point as it takes. */
static void append_fraction(struct str *out, uint64_t v, uint64_t unit, const char *name)
{
	uint64_t rest = v % unit, digit = unit / 10;

	str_append_u64(out, v / unit);
	if (rest)
		str_append_char(out, '.');
	for (; rest; rest %= digit, digit /= 10) {
		str_append_char(out, (char)('0' + rest / digit));
		if (digit == 1)
			break;
	}
	str_append_z(out, name);
}

void duration_append(struct str *out, int64_t ns)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	static const struct {
		const char *name;
		uint64_t ns;
	} small[] = {{"ms", 1000000}, {"\302\265s", 1000}, {"ns", 1}};

	if (ns < 0)
		str_append_char(out, '-');
	for (size_t i = 0; v > 0 && v < 1000000000 && i < ARRAY_SIZE(small); i++) {
		if (v < small[i].ns)
			continue;
		append_fraction(out, v, small[i].ns, small[i].name);
		return;
	}
	if (v >= 3600000000000)
		str_appendf(out, "%lluh", (unsigned long long)(v / 3600000000000));
	if (v >= 60000000000)
		str_appendf(out, "%llum", (unsigned long long)(v / 60000000000 % 60));
	append_fraction(out, v % 60000000000, 1000000000, "s");
}
