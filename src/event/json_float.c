// SPDX-License-Identifier: Apache-2.0
#include "event/json_float.h"

#include "base/number.h"

static const struct number_style style = {
	.nan = "\"NaN\"",
	.infinity = "\"Infinity\"",
	.minus_infinity = "\"-Infinity\"",
	.fixed_from = -6,
	.fixed_below = 21,
	.exponent_digits = 1,
};

void json_write_double(struct str *out, double v)
{
	number_append_double(out, v, &style);
}

void json_write_float(struct str *out, float v)
{
	number_append_float(out, v, &style);
}
