/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_TIMESTAMP_H
#define OCELLI_EVENT_TIMESTAMP_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The texts of google.protobuf.Timestamp and Duration. Both are written with 0,
 * 3, 6 or 9 digits of fraction, as many as it takes. Writing cannot fail: what
 * is outside the range that protobuf allows is written as the nearest end of it.
 */

/* Appends RFC 3339 in UTC, "2026-11-22T12:35:38.123Z"; years 0001 to 9999. */
void timestamp_append(struct str *out, int64_t seconds, int32_t nanos);

/* Reads RFC 3339 with any offset and up to nine digits of fraction. Returns 0 or -EINVAL. */
int timestamp_parse(const char *s, size_t len, int64_t *ret_seconds, int32_t *ret_nanos);

/* Appends seconds with their unit, "-1.500s"; 10,000 years at most, either way. */
void timestamp_append_duration(struct str *out, int64_t seconds, int32_t nanos);

/* Reads such a text; fractions of up to nine digits. Returns 0 or -EINVAL. */
int timestamp_parse_duration(const char *s, size_t len, int64_t *ret_seconds, int32_t *ret_nanos);

#endif
