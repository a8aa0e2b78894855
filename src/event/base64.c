// SPDX-License-Identifier: Apache-2.0
#include "event/base64.h"

#include <errno.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_append(struct str *out, const void *data, size_t len)
{
	const unsigned char *in = data;
	char *to;

	if (len == 0)
		return;
	if (UNLIKELY(len > SIZE_MAX / 2)) {
		out->failed = true;
		return;
	}
	to = str_reserve(out, (len + 2) / 3 * 4);
	if (!to)
		return;
	for (; len >= 3; in += 3, len -= 3) {
		unsigned v = (unsigned)in[0] << 16 | (unsigned)in[1] << 8 | in[2];

		*to++ = alphabet[v >> 18];
		*to++ = alphabet[v >> 12 & 63];
		*to++ = alphabet[v >> 6 & 63];
		*to++ = alphabet[v & 63];
	}
	if (len) {
		unsigned v = (unsigned)in[0] << 16 | (len == 2 ? (unsigned)in[1] << 8 : 0);

		*to++ = alphabet[v >> 18];
		*to++ = alphabet[v >> 12 & 63];
		*to++ = len == 2 ? alphabet[v >> 6 & 63] : '=';
		*to++ = '=';
	}
	out->len = (size_t)(to - out->data);
}

/* Returns the six bits that @c stands for, or -1. */
static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

/* Length of @s without its padding. Padding is there to make a multiple of four, or not at all. */
static size_t unpadded(const char *s, size_t len)
{
	if (len == 0 || len % 4 != 0 || s[len - 1] != '=')
		return len;
	return s[len - 2] == '=' ? len - 2 : len - 1;
}

int base64_decode(struct str *out, const char *s, size_t len)
{
	size_t start = out->len;
	unsigned bits = 0, have = 0;

	len = unpadded(s, len);
	if (len % 4 == 1)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		int v = sextet(s[i]);

		if (v < 0) {
			out->len = start;
			return -EINVAL;
		}
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			str_append_char(out, (char)(bits >> have & 0xff));
		}
	}
	return 0;
}
