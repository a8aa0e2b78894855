// SPDX-License-Identifier: Apache-2.0
#include "cel/number.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

unsigned cel_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return UINT_MAX;
}

int cel_number_read_digits(const char *s, size_t len, unsigned base, uint64_t *ret)
{
	bool fits = true;
	uint64_t v = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = cel_digit(s[i]);

		if (digit >= base)
			return -EINVAL;
		fits = fits && !__builtin_mul_overflow(v, base, &v) &&
		       !__builtin_add_overflow(v, digit, &v);
	}
	if (!fits)
		return -ERANGE;
	*ret = v;
	return 0;
}

int cel_number_read_int(const char *s, size_t len, int64_t *ret)
{
	bool negative = len && *s == '-', sign = negative || (len && *s == '+');
	uint64_t v;
	int r = cel_number_read_digits(s + sign, len - sign, 10, &v);

	if (r < 0)
		return r;
	if (v > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*ret = (int64_t)(negative ? 0 - v : v);
	return 0;
}

/* strtod() takes more than a number: leading white space, and a text behind "nan". */
static bool is_double(const char *s, size_t len)
{
	bool hex = false, exponent = false;

	for (size_t i = 0; i < len; i++) {
		hex = hex || s[i] == 'x' || s[i] == 'X';
		exponent = exponent || s[i] == 'p' || s[i] == 'P';
		if (!isalnum((unsigned char)s[i]) && !strchr("+-.", s[i]))
			return false;
	}
	return len > 0 && hex == exponent;
}

int cel_number_read_double(const char *s, size_t len, double *ret)
{
	char text[CEL_NUMBER_TEXT_MAX + 1], *end;
	double v;

	if (len >= sizeof(text) || !is_double(s, len))
		return -EINVAL;
	memcpy(text, s, len);
	text[len] = '\0';
	errno = 0;
	v = strtod(text, &end);
	if (end != text + len)
		return -EINVAL;
	if (errno == ERANGE && isinf(v))
		return -ERANGE;
	*ret = v;
	return 0;
}

/* D.IGITS × 10^exponent; being the fewest, the digits do not end in zeros. */
struct decimal {
	char digits[20];
	int n, exponent;
};

static void shortest(double v, struct decimal *ret)
{
	char text[64];
	const char *p = text;

	/* Seventeen always tell a double from its neighbours. */
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, v);
		if (strtod(text, NULL) == v)
			break;
	}
	*ret = (struct decimal){.n = 0};
	for (; *p != 'e'; p++)
		if (isdigit((unsigned char)*p))
			ret->digits[ret->n++] = *p;
	ret->exponent = atoi(p + 1);
}

static void append_zeros(struct str *out, int n)
{
	for (; n > 0; n--)
		str_append_char(out, '0');
}

static void append_fixed(struct str *out, const struct decimal *d)
{
	int point = d->exponent + 1, whole = MIN(MAX(point, 0), d->n);

	if (whole == 0)
		str_append_char(out, '0');
	str_append(out, d->digits, (size_t)whole);
	append_zeros(out, point - d->n);
	if (whole == d->n)
		return;
	str_append_char(out, '.');
	append_zeros(out, -point);
	str_append(out, d->digits + whole, (size_t)(d->n - whole));
}

static void append_exponent(struct str *out, const struct decimal *d)
{
	str_append_char(out, d->digits[0]);
	if (d->n > 1) {
		str_append_char(out, '.');
		str_append(out, d->digits + 1, (size_t)(d->n - 1));
	}
	str_append_char(out, 'e');
	str_append_char(out, d->exponent < 0 ? '-' : '+');
	str_append_padded(out, (uint64_t)abs(d->exponent), 2);
}

void cel_number_append_double(struct str *out, double v)
{
	struct decimal d;

	if (isnan(v)) {
		str_append_lit(out, "NaN");
		return;
	}
	if (isinf(v)) {
		str_append_z(out, v < 0 ? "-Inf" : "+Inf");
		return;
	}
	if (signbit(v))
		str_append_char(out, '-');
	if (v == 0) {
		str_append_char(out, '0');
		return;
	}
	shortest(fabs(v), &d);
	if (d.exponent >= -4 && d.exponent < 6)
		append_fixed(out, &d);
	else
		append_exponent(out, &d);
}
