// SPDX-License-Identifier: Apache-2.0
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

unsigned number_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return UINT_MAX;
}

int number_read_digits(const char *s, size_t len, unsigned base, uint64_t *ret)
{
	bool fits = true;
	uint64_t v = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = number_digit(s[i]);

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

int number_read_int(const char *s, size_t len, int64_t *ret)
{
	bool negative = len && *s == '-', sign = negative || (len && *s == '+');
	uint64_t v;
	int r = number_read_digits(s + sign, len - sign, 10, &v);

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

int number_read_double(const char *s, size_t len, double *ret)
{
	char text[NUMBER_TEXT_MAX + 1], *end;
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

int number_read_bool(const char *s, size_t len, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{"1", true},    {"t", true},      {"T", true},      {"true", true},
		{"True", true}, {"TRUE", true},   {"0", false},     {"f", false},
		{"F", false},   {"false", false}, {"False", false}, {"FALSE", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].word) != len || memcmp(s, words[i].word, len))
			continue;
		*ret = words[i].value;
		return 0;
	}
	return -EINVAL;
}

/* 0.DIGITS × 10^point; being the fewest, the digits do not end in zeros. */
struct decimal {
	char digits[20];
	int n, point;
};

/* Seventeen digits always tell a double from its neighbours, nine a float. */
static struct decimal shortest(double v, bool single)
{
	int enough = single ? 9 : 17;
	struct decimal d = {.n = 0};
	const char *p;
	char text[64];

	for (int digits = 1; digits <= enough; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, v);
		if (single ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v)
			break;
	}
	/* Whatever the locale puts for a decimal point is passed over. */
	for (p = text; *p != 'e'; p++)
		if (isdigit((unsigned char)*p))
			d.digits[d.n++] = *p;
	d.point = atoi(p + 1) + 1;
	return d;
}

static void append_zeros(struct str *out, int n)
{
	for (; n > 0; n--)
		str_append_char(out, '0');
}

static void append_fixed(struct str *out, const struct decimal *d)
{
	int whole = MIN(MAX(d->point, 0), d->n);

	if (whole == 0)
		str_append_char(out, '0');
	str_append(out, d->digits, (size_t)whole);
	append_zeros(out, d->point - d->n);
	if (whole == d->n)
		return;
	str_append_char(out, '.');
	append_zeros(out, -d->point);
	str_append(out, d->digits + whole, (size_t)(d->n - whole));
}

static void append_exponent(struct str *out, const struct decimal *d, unsigned digits)
{
	int exponent = d->point - 1;

	str_append_char(out, d->digits[0]);
	if (d->n > 1) {
		str_append_char(out, '.');
		str_append(out, d->digits + 1, (size_t)(d->n - 1));
	}
	str_append_char(out, 'e');
	str_append_char(out, exponent < 0 ? '-' : '+');
	str_append_padded(out, (uint64_t)abs(exponent), digits);
}

static void append(struct str *out, double v, bool single, const struct number_style *style)
{
	struct decimal d;

	if (isnan(v)) {
		str_append_z(out, style->nan);
		return;
	}
	if (isinf(v)) {
		str_append_z(out, v < 0 ? style->minus_infinity : style->infinity);
		return;
	}
	if (signbit(v))
		str_append_char(out, '-');
	if (v == 0) {
		str_append_char(out, '0');
		return;
	}
	d = shortest(fabs(v), single);
	if (d.point > style->fixed_from && d.point <= style->fixed_below)
		append_fixed(out, &d);
	else
		append_exponent(out, &d, style->exponent_digits);
}

void number_append_double(struct str *out, double v, const struct number_style *style)
{
	append(out, v, false, style);
}

void number_append_float(struct str *out, float v, const struct number_style *style)
{
	append(out, v, true, style);
}
