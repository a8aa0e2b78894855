// SPDX-License-Identifier: Apache-2.0
#include "event/json_float.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* 0.DIGITS × 10^point; being the fewest, the digits do not end in zeros. */
struct decimal {
	char digits[20];
	int n;
	int point;
};

static void parse_exponent_form(const char *text, struct decimal *ret)
{
	ret->n = 0;
	/* Whatever the locale puts for a decimal point is passed over. */
	for (; *text != 'e'; text++)
		if (isdigit((unsigned char)*text))
			ret->digits[ret->n++] = *text;
	ret->point = atoi(text + 1) + 1;
}

/* Seventeen digits always tell a double from its neighbours, nine a float. */
static struct decimal shortest(double v, bool single)
{
	int enough = single ? 9 : 17;
	struct decimal d;
	char text[64];

	for (int digits = 1; digits <= enough; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, v);
		if (single ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v)
			break;
	}
	parse_exponent_form(text, &d);
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

static void append_exponent(struct str *out, const struct decimal *d)
{
	str_append_char(out, d->digits[0]);
	if (d->n > 1) {
		str_append_char(out, '.');
		str_append(out, d->digits + 1, (size_t)(d->n - 1));
	}
	str_append_char(out, 'e');
	if (d->point > 0)
		str_append_char(out, '+');
	str_append_i64(out, d->point - 1);
}

static void append(struct str *out, double v, bool single)
{
	struct decimal d;

	if (isnan(v)) {
		str_append_lit(out, "\"NaN\"");
		return;
	}
	if (isinf(v)) {
		str_append_z(out, v < 0 ? "\"-Infinity\"" : "\"Infinity\"");
		return;
	}
	if (signbit(v))
		str_append_char(out, '-');
	v = fabs(v);
	if (v == 0) {
		str_append_char(out, '0');
		return;
	}
	d = shortest(v, single);
	/* 0.1 × 10^-5 is the first below which, 0.1 × 10^22 the first from which it is exponents.
	 */
	if (d.point >= -5 && d.point <= 21)
		append_fixed(out, &d);
	else
		append_exponent(out, &d);
}

void json_write_double(struct str *out, double v)
{
	append(out, v, false);
}

void json_write_float(struct str *out, float v)
{
	append(out, v, true);
}
