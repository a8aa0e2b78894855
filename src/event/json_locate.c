// SPDX-License-Identifier: Apache-2.0
#include "event/json_locate.h"

#include <jansson.h>

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

/* Strings, brackets and what is between them, up to where all brackets are closed. */
static const char *skip_value(const char *p, const char *end)
{
	unsigned depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth--;
			p++;
		} else {
			p++;
			/* Within brackets any byte goes; a number or literal ends at one of these.
			 */
			if (depth == 0 && p < end && !strchr(",]} \t\r\n", *p))
				continue;
		}
		if (depth == 0)
			break;
	}
	return p;
}

/* Whether the string from @p to @end, with its quotes, is @key. */
static bool is_key(const char *p, const char *end, const char *key)
{
	size_t len = strlen(key);
	json_t *decoded;
	bool same;

	if (!memchr(p, '\\', (size_t)(end - p)))
		return (size_t)(end - p) == len + 2 && !memcmp(p + 1, key, len);
	decoded = json_loadb(p, (size_t)(end - p), JSON_DECODE_ANY, NULL);
	same = json_is_string(decoded) && !strcmp(json_string_value(decoded), key);
	json_decref(decoded);
	return same;
}

/* The value at @key or @index in the object or array at @p, NULL when it is not there. */
static const char *enter(const char *p, const char *end, const struct json_place *place)
{
	const char *found = NULL;

	if (p == end || *p != (place->key ? '{' : '['))
		return NULL;
	p = skip_space(p + 1, end);
	for (size_t i = 0; p < end && *p != '}' && *p != ']'; i++) {
		const char *start = p;
		bool wanted = i == place->index;

		if (place->key) {
			p = skip_string(p, end);
			wanted = is_key(start, p, place->key);
			p = skip_space(p, end);
			p = skip_space(p < end ? p + 1 : end, end);
		}
		if (wanted)
			found = p;
		p = skip_space(skip_value(p, end), end);
		if (p < end && *p == ',')
			p = skip_space(p + 1, end);
	}
	return found;
}

static const char *locate(const char *text, const char *end, const struct json_place *place)
{
	const char *outer, *inner;

	if (!place->up)
		return skip_space(text, end);
	outer = locate(text, end, place->up);
	inner = enter(outer, end, place);
	return inner ? inner : outer;
}

size_t json_locate(const char *text, size_t len, const struct json_place *place, size_t *ret_len)
{
	const char *p = locate(text, text + len, place);

	*ret_len = (size_t)(skip_value(p, text + len) - p);
	return (size_t)(p - text);
}

void json_place_append(struct str *out, const struct json_place *place)
{
	if (!place->up)
		return;
	json_place_append(out, place->up);
	if (!place->key) {
		str_append_char(out, '[');
		str_append_u64(out, place->index);
		str_append_char(out, ']');
		return;
	}
	if (place->up->up)
		str_append_char(out, '.');
	str_append_z(out, place->key);
}
