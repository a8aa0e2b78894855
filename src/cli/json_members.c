// SPDX-License-Identifier: Apache-2.0
#include "cli/json_members.h"
#include "event/json.h"

#include <string.h>

static void separate(struct str *out, const char *name)
{
	bool on_line = out->len && out->data[out->len - 1] == '\n';
	size_t end = out->len - on_line;

	if (end && !strchr("{[", out->data[end - 1])) {
		out->len = end;
		str_append_z(out, on_line ? ",\n" : ",");
	}
	if (!name)
		return;
	json_write_string(out, name, strlen(name));
	str_append_char(out, ':');
}

void json_put_begin(struct str *out, const char *name, char bracket)
{
	separate(out, name);
	str_append_char(out, bracket);
}

void json_put_end(struct str *out, char bracket)
{
	str_append_char(out, bracket);
}

void json_put_string(struct str *out, const char *name, const char *value)
{
	if (value) {
		json_put_bytes(out, name, value, strlen(value));
		return;
	}
	separate(out, name);
	str_append_lit(out, "null");
}

void json_put_bytes(struct str *out, const char *name, const char *value, size_t len)
{
	separate(out, name);
	json_write_string(out, value, len);
}

void json_put_name(struct str *out, const char *name)
{
	separate(out, name);
}

void json_put_number(struct str *out, const char *name, uint64_t value)
{
	separate(out, name);
	str_append_u64(out, value);
}

void json_put_bool(struct str *out, const char *name, bool value)
{
	separate(out, name);
	str_append_z(out, value ? "true" : "false");
}
