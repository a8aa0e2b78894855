// SPDX-License-Identifier: Apache-2.0
#include "message/arguments.h"

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
		if (memchr(argv, ' ', n)) {
			str_append_lit(out, " \"");
			str_append(out, argv, n);
			str_append_char(out, '"');
		} else {
			if (out->len > from)
				str_append_char(out, ' ');
			str_append(out, argv, n);
		}
	}
}
