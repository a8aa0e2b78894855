// SPDX-License-Identifier: Apache-2.0
#include "event/json.h"

#include "base/utf8.h"

#define EACH_BYTE(b) (0x0101010101010101ULL * (b))

/*
 * Has a byte that does not stand for itself: a control, a quote, a backslash,
 * or not ASCII. A byte's top bit comes on when subtracting takes it below zero.
 * The borrow may then set the next byte's as well, but there is a true one below.
 */
static bool has_special(uint64_t word)
{
	uint64_t control = word - EACH_BYTE(0x20);
	uint64_t quote = (word ^ EACH_BYTE('"')) - EACH_BYTE(1);
	uint64_t backslash = (word ^ EACH_BYTE('\\')) - EACH_BYTE(1);

	return (control | quote | backslash | word) & EACH_BYTE(0x80);
}

static bool is_special(char c)
{
	return (unsigned char)c < 0x20 || (unsigned char)c >= 0x80 || c == '"' || c == '\\';
}

/* Length of the front of @s that needs no change. */
static size_t plain_prefix(const char *s, size_t len)
{
	size_t i = 0;

	for (; len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, s + i, sizeof(word));
		if (has_special(word))
			break;
	}
	while (i < len && !is_special(s[i]))
		i++;
	return i;
}

/* Appends what @c, which is ASCII, becomes. */
static void append_escape(struct str *out, char c)
{
	static const char letters[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',  ['\f'] = 'f',
		['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\',
	};
	static const char hex[] = "0123456789abcdef";

	if (letters[(unsigned char)c]) {
		char text[] = {'\\', letters[(unsigned char)c]};

		str_append(out, text, sizeof(text));
	} else {
		char text[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

		str_append(out, text, sizeof(text));
	}
}

/* Appends what the special bytes at the front of @s become. Returns how many they are. */
static size_t append_special(struct str *out, const char *s, size_t len)
{
	size_t n = 0, sequence;

	if ((unsigned char)*s < 0x80) {
		append_escape(out, *s);
		return 1;
	}
	while (n < len && (unsigned char)s[n] >= 0x80 &&
	       (sequence = utf8_sequence(s + n, len - n)) > 0)
		n += sequence;
	if (n > 0) {
		str_append(out, s, n);
		return n;
	}
	do
		n++;
	while (n < len && utf8_sequence(s + n, len - n) == 0);
	str_append_lit(out, "\xef\xbf\xbd");
	return n;
}

static void append_escaped(struct str *out, const char *s, size_t len)
{
	while (len > 0) {
		size_t n = plain_prefix(s, len);

		str_append(out, s, n);
		if (n == len)
			break;
		n += append_special(out, s + n, len - n);
		s += n;
		len -= n;
	}
}

void json_write_string(struct str *out, const char *s, size_t len)
{
	char *to = str_reserve(out, len + 2);

	if (UNLIKELY(!to))
		return;
	*to++ = '"';
	out->len++;
	if (LIKELY(plain_prefix(s, len) == len)) {
		if (len > 0)
			memcpy(to, s, len);
		out->len += len;
	} else {
		append_escaped(out, s, len);
	}
	str_append_char(out, '"');
}
