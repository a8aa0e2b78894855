// SPDX-License-Identifier: Apache-2.0
#include "message/arguments.h"

size_t arguments_append_one(struct str *out, size_t from, const char *s, size_t len)
{
	bool quoted = memchr(s, ' ', len);
	size_t at;

	if (quoted)
		str_append_lit(out, " \"");
	else if (out->len > from)
		str_append_char(out, ' ');
	at = out->len;
	str_append(out, s, len);
	if (quoted)
		str_append_char(out, '"');
	return at;
}

void arguments_append(struct str *out, const char *argv, size_t len)
{
	size_t from = out->len, n;

	/* The last one's NUL ends it, it does not begin another. */
	if (len > 0 && argv[len - 1] == '\0')
		len--;
	n = strnlen(argv, len);
	while (n < len) {
		argv += n + 1;
		len -= n + 1;
		n = strnlen(argv, len);
		arguments_append_one(out, from, argv, n);
	}
}
