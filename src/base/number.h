/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_NUMBER_H
#define OCELLI_BASE_NUMBER_H

#include "base/str.h"

/* Numbers and truth values from and to text, as Go's strconv has them. */

/* Longest text of a double that is read. */
#define NUMBER_TEXT_MAX 511

/* The value of a digit up to f, UINT_MAX when it is none. */
unsigned number_digit(char c);

/* All return 0; -EINVAL for what is not such a number, white space around it included; -ERANGE for
 * one that does not fit. */
int number_read_digits(const char *s, size_t len, unsigned base, uint64_t *ret);
int number_read_int(const char *s, size_t len, int64_t *ret);
int number_read_double(const char *s, size_t len, double *ret);

/* "1", "t", "true", "True", "TRUE" and their opposites. Returns 0 or -EINVAL. */
int number_read_bool(const char *s, size_t len, bool *ret);

/* How a format writes numbers. */
struct number_style {
	const char *nan, *infinity, *minus_infinity;
	/* From 10^fixed_from until below 10^fixed_below there is no exponent. */
	int fixed_from, fixed_below;
	unsigned exponent_digits; /* at least so many */
};

/* Appends the fewest digits that read back as @v. */
void number_append_double(struct str *out, double v, const struct number_style *style);
void number_append_float(struct str *out, float v, const struct number_style *style);

#endif
