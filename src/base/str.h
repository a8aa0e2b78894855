/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_STR_H
#define OCELLI_BASE_STR_H

#include "base/macro.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * A growing byte buffer. Appending never fails at the call: running out of
 * memory sets @failed, further appends do nothing, and whoever uses the result
 * looks once, at the end. The bytes are not NUL-terminated unless str_cstr()
 * was called.
 */
struct str {
	char *data;
	size_t len;
	size_t cap;
	bool failed;
};

#define STR_INIT ((struct str){0})

/* Makes room for @n more bytes. Returns where they go, NULL when out of memory. The caller fills
 * them and adds to ->len. */
char *str_grow(struct str *s, size_t n);

static inline char *str_reserve(struct str *s, size_t n)
{
	if (LIKELY(s->cap - s->len >= n))
		return s->data + s->len;
	return str_grow(s, n);
}

static inline void str_append(struct str *s, const void *data, size_t n)
{
	char *to;

	if (n == 0)
		return;
	to = str_reserve(s, n);
	if (UNLIKELY(!to))
		return;
	memcpy(to, data, n);
	s->len += n;
}

static inline void str_append_char(struct str *s, char c)
{
	char *to = str_reserve(s, 1);

	if (UNLIKELY(!to))
		return;
	*to = c;
	s->len++;
}

#define str_append_lit(s, lit) str_append(s, "" lit, sizeof(lit) - 1)

static inline void str_append_z(struct str *s, const char *z)
{
	str_append(s, z, strlen(z));
}

void str_append_u64(struct str *s, uint64_t v);
void str_append_i64(struct str *s, int64_t v);

/* Appends @v as at least @digits decimal digits, zero-padded (dates and fractions). */
void str_append_padded(struct str *s, uint64_t v, unsigned digits);

void str_appendf(struct str *s, const char *fmt, ...) _printf_(2, 3);

/* NUL-terminates in place. Returns the text, NULL when the buffer had failed. */
char *str_cstr(struct str *s);

static inline void str_reset(struct str *s)
{
	s->len = 0;
	s->failed = false;
}

void str_free(struct str *s);

#define _cleanup_str_ __attribute__((cleanup(str_free)))

#endif
