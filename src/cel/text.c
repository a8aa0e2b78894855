// SPDX-License-Identifier: Apache-2.0
#include "cel/text.h"

#include "base/utf8.h"

/* Unicode's White_Space; U+2000 to U+200A are one row. */
static const struct {
	const char *bytes;
	unsigned char last; /* what the last byte may go up to */
} spaces[] = {
	{"\t", '\r'},           {" ", ' '},
	{"\xc2\x85", 0x85},     {"\xc2\xa0", 0xa0},
	{"\xe1\x9a\x80", 0x80}, {"\xe2\x80\x80", 0x8a},
	{"\xe2\x80\xa8", 0xa9}, {"\xe2\x80\xaf", 0xaf},
	{"\xe2\x81\x9f", 0x9f}, {"\xe3\x80\x80", 0x80},
};

size_t cel_text_step(const char *s, size_t len)
{
	return MAX(utf8_sequence(s, len), 1);
}

size_t cel_text_count(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; n++)
		i += cel_text_step(s + i, len - i);
	return n;
}

bool cel_text_offset(const char *s, size_t len, uint64_t index, size_t *ret)
{
	size_t i = 0;

	for (; index > 0 && i < len; index--)
		i += cel_text_step(s + i, len - i);
	if (index > 0)
		return false;
	*ret = i;
	return true;
}

size_t cel_text_encode(char *out, uint32_t code)
{
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(marks[n] | code);
	return n;
}

static bool is_space(const char *s, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		const char *space = spaces[i].bytes;
		unsigned char last = (unsigned char)s[n - 1];

		if (strlen(space) == n && !memcmp(space, s, n - 1) &&
		    last >= (unsigned char)space[n - 1] && last <= spaces[i].last)
			return true;
	}
	return false;
}

/* Length of the space that @s ends with, 0 when it is none. A character's first byte cannot be a
 * later one of another, so looking backwards finds the same characters. */
static size_t space_at_end(const char *s, size_t len)
{
	for (size_t n = 1; n <= 3 && n <= len; n++)
		if (utf8_sequence(s + len - n, n) == n && is_space(s + len - n, n))
			return n;
	return 0;
}

void cel_text_trim(const char **s, size_t *len)
{
	size_t n;

	while (*len) {
		n = cel_text_step(*s, *len);
		if (!is_space(*s, n))
			break;
		*s += n;
		*len -= n;
	}
	while ((n = space_at_end(*s, *len)))
		*len -= n;
}
