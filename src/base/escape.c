// SPDX-License-Identifier: Apache-2.0
#include "base/escape.h"
#include "base/utf8.h"

#include <stdbool.h>

/*
 * Beyond ASCII: Unicode's categories Cc, Cf, Zs, Zl, Zp, Co and Cs and the
 * non-characters U+FDD0–U+FDEF; those at the end of each plane are told by
 * their number. Characters not assigned yet count as printable.
 */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{0x0080, 0x00a0},   {0x00ad, 0x00ad},   {0x0600, 0x0605},   {0x061c, 0x061c},
	{0x06dd, 0x06dd},   {0x070f, 0x070f},   {0x0890, 0x0891},   {0x08e2, 0x08e2},
	{0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f},   {0x2028, 0x202f},
	{0x205f, 0x206f},   {0x3000, 0x3000},   {0xd800, 0xf8ff},   {0xfdd0, 0xfdef},
	{0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd},
	{0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
};

static bool is_printable(uint32_t c)
{
	size_t lo = 0, hi = ARRAY_SIZE(unprintable);

	if (c < 0x80)
		return c >= 0x20 && c < 0x7f;
	if ((c & 0xfffe) == 0xfffe)
		return false;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c > unprintable[mid].last)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == ARRAY_SIZE(unprintable) || c < unprintable[lo].first;
}

static uint32_t decode(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	switch (n) {
	case 1:
		return p[0];
	case 2:
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	case 3:
		return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	default:
		return (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
		       (p[3] & 0x3fu);
	}
}

static void append_hex(struct str *out, const char *prefix, uint32_t v, unsigned digits)
{
	static const char hex[] = "0123456789abcdef";

	str_append_z(out, prefix);
	while (digits--)
		str_append_char(out, hex[v >> 4 * digits & 0xf]);
}

static void append_escape(struct str *out, uint32_t c)
{
	static const char letters[] = "abtnvfr"; /* from BEL to CR */

	if (c >= '\a' && c <= '\r') {
		str_append_char(out, '\\');
		str_append_char(out, letters[c - '\a']);
	} else if (c < 0x80) {
		append_hex(out, "\\x", c, 2);
	} else if (c < 0x10000) {
		append_hex(out, "\\u", c, 4);
	} else {
		append_hex(out, "\\U", c, 8);
	}
}

/* Appends @s with the characters in @special behind a backslash. */
static void append_escaped(struct str *out, const char *s, size_t len, const char *special)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_sequence(s + i, len - i);
		if (n == 0) {
			append_hex(out, "\\x", (unsigned char)s[i], 2);
			n = 1;
			continue;
		}
		if (!is_printable(decode(s + i, n))) {
			append_escape(out, decode(s + i, n));
			continue;
		}
		if (strchr(special, s[i]))
			str_append_char(out, '\\');
		str_append(out, s + i, n);
	}
}

static bool is_plain_word(const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		if (s[i] == ' ')
			return false;
		n = utf8_sequence(s + i, len - i);
		if (n == 0 || !is_printable(decode(s + i, n)))
			return false;
	}
	return true;
}

/* Length of the prefix that is printable ASCII, which nearly everything is. */
static size_t ascii_prefix(const char *s, char first)
{
	size_t i = 0;

	while (s[i] >= first && s[i] < 0x7f)
		i++;
	return i;
}

void escape_word(struct str *out, const char *s)
{
	size_t plain, len;

	if (!s)
		return;
	plain = ascii_prefix(s, '!');
	len = plain + strlen(s + plain);
	if (plain == len || is_plain_word(s + plain, len - plain)) {
		str_append(out, s, len);
		return;
	}
	str_append_char(out, '"');
	append_escaped(out, s, len, "\"\\");
	str_append_char(out, '"');
}

void escape_text(struct str *out, const char *s, size_t len)
{
	append_escaped(out, s, len, "");
}

void escape_json(struct str *out, const char *s, size_t len)
{
	size_t from = 0;

	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c = 0xfffd;
		bool valid;

		n = utf8_sequence(s + i, len - i);
		valid = n > 0;
		if (valid)
			c = decode(s + i, n);
		else
			n = 1;
		if (valid && is_printable(c))
			continue;
		str_append(out, s + from, i - from);
		from = i + n;
		if (c >= 0x10000) {
			append_hex(out, "\\u", 0xd7c0 + (c >> 10), 4);
			append_hex(out, "\\u", 0xdc00 | (c & 0x3ff), 4);
		} else {
			append_hex(out, "\\u", c, 4);
		}
	}
	str_append(out, s + from, len - from);
}
