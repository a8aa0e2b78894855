/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_EXPORT_EVENTS_H
#define OCELLI_TESTS_EXPORT_EVENTS_H

/* Numbered lines that tell of themselves whether they are whole. */

#include "base/str.h"

#define EVENT_MIN_LEN ((size_t)16)

/* Appends event @number as one line of @len bytes, at least EVENT_MIN_LEN. */
void event_append(struct str *out, unsigned number, size_t len);

/* Checks that @data is nothing but whole events with rising numbers, all above *reterr_last.
 * Returns how many, and leaves the last number in *reterr_last. */
unsigned events_check(const char *data, size_t len, unsigned *reterr_last);

#endif
