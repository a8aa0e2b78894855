/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_UTF8_H
#define OCELLI_BASE_UTF8_H

#include "base/str.h"

/* Length of the well-formed UTF-8 sequence at @s (1–4), or 0 when the bytes there are none
 * (overlong, surrogate, beyond U+10FFFF, cut off: RFC 3629). */
size_t utf8_sequence(const char *s, size_t len);

/* Length of the longest prefix of @s that is well-formed UTF-8. */
size_t utf8_valid_prefix(const char *s, size_t len);

/* Appends @s with each run of bad bytes replaced by one U+FFFD. Returns the number of runs. */
unsigned utf8_append_valid(struct str *out, const char *s, size_t len);

#endif
