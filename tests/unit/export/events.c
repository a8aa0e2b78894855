// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "events.h"

#include <stdlib.h>

void event_append(struct str *out, unsigned number, size_t len)
{
	assert_true(len >= EVENT_MIN_LEN);
	str_append_padded(out, number, 8);
	str_append_char(out, ' ');
	str_append_padded(out, len, 6);
	while (len-- > EVENT_MIN_LEN)
		str_append_char(out, 'x');
	str_append_char(out, '\n');
}

unsigned events_check(const char *data, size_t len, unsigned *reterr_last)
{
	unsigned n = 0;

	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		unsigned long number;
		size_t own;

		assert_non_null(end);
		own = (size_t)(end + 1 - data);
		assert_true(own >= EVENT_MIN_LEN);
		number = strtoul(data, NULL, 10);
		assert_int_equal(strtoul(data + 9, NULL, 10), own);
		assert_true(number > *reterr_last);
		*reterr_last = (unsigned)number;
		data += own;
		len -= own;
		n++;
	}
	return n;
}
