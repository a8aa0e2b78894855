/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_LINES_H
#define OCELLI_EXPORT_LINES_H

/* Blocks of whole lines: one line is one event. */

#include "base/macro.h"

#include <string.h>

static inline unsigned lines_count(const char *data, size_t len)
{
	const char *end = data + len;
	unsigned n = 0;

	while (data < end && (data = memchr(data, '\n', (size_t)(end - data)))) {
		data++;
		n++;
	}
	return n;
}

/* Length of the longest prefix of whole lines that is no longer than @room. */
static inline size_t lines_fitting(const char *data, size_t len, size_t room)
{
	size_t n = MIN(len, room);
	const char *last = n ? memrchr(data, '\n', n) : NULL;

	return last ? (size_t)(last + 1 - data) : 0;
}

/* Length of the first line, or of what there is of it. */
static inline size_t lines_first(const char *data, size_t len)
{
	const char *end = len ? memchr(data, '\n', len) : NULL;

	return end ? (size_t)(end + 1 - data) : len;
}

#endif
