// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

size_t utf8_sequence(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char lo = 0x80, hi = 0xbf;
	size_t n;

	if (len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (len < n)
		return 0;

	/* The second byte alone tells overlong forms, surrogates and what lies beyond U+10FFFF. */
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

size_t utf8_valid_prefix(const char *s, size_t len)
{
	size_t i = 0, n;

	while (i < len) {
		uint64_t word;

		/* Nearly everything is ASCII: eight bytes at a time. */
		while (len - i >= sizeof(word)) {
			memcpy(&word, s + i, sizeof(word));
			if (word & 0x8080808080808080ULL)
				break;
			i += sizeof(word);
		}
		if (i == len)
			break;
		n = utf8_sequence(s + i, len - i);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

unsigned utf8_append_valid(struct str *out, const char *s, size_t len)
{
	unsigned runs = 0;
	size_t i = 0;

	while (i < len) {
		size_t n = utf8_valid_prefix(s + i, len - i);

		str_append(out, s + i, n);
		i += n;
		if (i == len)
			break;
		while (i < len && utf8_sequence(s + i, len - i) == 0)
			i++;
		str_append_lit(out, "\xef\xbf\xbd");
		runs++;
	}
	return runs;
}
