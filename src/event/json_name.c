// SPDX-License-Identifier: Apache-2.0
#include "event/json_name.h"

/* Names are ASCII whatever the locale. */
static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

void json_append_camel(struct str *out, const char *name, size_t len)
{
	bool raise = false;

	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (c != '_')
			str_append_char(out, raise && is_lower(c) ? (char)(c - 'a' + 'A') : c);
		raise = c == '_';
	}
}

void json_append_snake(struct str *out, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (is_upper(c)) {
			str_append_char(out, '_');
			c = (char)(c - 'A' + 'a');
		}
		str_append_char(out, c);
	}
}
