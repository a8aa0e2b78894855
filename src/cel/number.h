/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_NUMBER_H
#define OCELLI_CEL_NUMBER_H

#include "base/str.h"

/* Numbers from and to text, as Go's strconv has them, which cel-go uses. */

/* Longest text of a double. */
#define CEL_NUMBER_TEXT_MAX 511

/* The value of a digit up to f, UINT_MAX when it is none. */
unsigned cel_digit(char c);

/* All return 0; -EINVAL for what is not such a number, white space around it included; -ERANGE for
 * one that does not fit. */
int cel_number_read_digits(const char *s, size_t len, unsigned base, uint64_t *ret);
int cel_number_read_int(const char *s, size_t len, int64_t *ret);
int cel_number_read_double(const char *s, size_t len, double *ret);

/* Appends the fewest digits that read back as @v, "0.1", with an exponent below 1e-04 and from
 * 1e+06 on. */
void cel_number_append_double(struct str *out, double v);

#endif
