// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

char *str_grow(struct str *s, size_t n)
{
	size_t cap = s->cap ? s->cap : 256;
	char *data;

	if (s->failed)
		return NULL;
	while (cap - s->len < n) {
		if (cap > SIZE_MAX / 2) {
			s->failed = true;
			return NULL;
		}
		cap *= 2;
	}
	data = realloc(s->data, cap);
	if (!data) {
		s->failed = true;
		return NULL;
	}
	s->data = data;
	s->cap = cap;
	return s->data + s->len;
}

static const char digit_pairs[] = "00010203040506070809"
				  "10111213141516171819"
				  "20212223242526272829"
				  "30313233343536373839"
				  "40414243444546474849"
				  "50515253545556575859"
				  "60616263646566676869"
				  "70717273747576777879"
				  "80818283848586878889"
				  "90919293949596979899";

/* Writes @v to the left of @end. Returns where it begins. */
static char *digits_before(char *end, uint64_t v)
{
	while (v >= 100) {
		end -= 2;
		memcpy(end, digit_pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	if (v >= 10) {
		end -= 2;
		memcpy(end, digit_pairs + 2 * v, 2);
	} else {
		*--end = (char)('0' + v);
	}
	return end;
}

void str_append_u64(struct str *s, uint64_t v)
{
	char buf[20], *from = digits_before(buf + sizeof(buf), v);

	str_append(s, from, (size_t)(buf + sizeof(buf) - from));
}

void str_append_i64(struct str *s, int64_t v)
{
	if (v < 0)
		str_append_char(s, '-');
	str_append_u64(s, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void str_append_padded(struct str *s, uint64_t v, unsigned digits)
{
	char buf[20], *from = digits_before(buf + sizeof(buf), v);
	size_t have = (size_t)(buf + sizeof(buf) - from);

	for (; have < digits; digits--)
		str_append_char(s, '0');
	str_append(s, from, have);
}

void str_appendf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !str_reserve(s, (size_t)n + 1)) {
		s->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(s->data + s->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	s->len += (size_t)n;
}

char *str_cstr(struct str *s)
{
	str_append_char(s, '\0');
	if (s->failed)
		return NULL;
	s->len--;
	return s->data;
}

void str_free(struct str *s)
{
	free(s->data);
	*s = STR_INIT;
}
