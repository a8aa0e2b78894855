// SPDX-License-Identifier: Apache-2.0
#include "sensor/tracepoint_format.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/tracefs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (64UL << 10)

/* "const char * filename", "char oldcomm[16]", "__data_loc char[] name", "unsigned long args[6]" */
static int parse_declaration(const char *s, size_t len, struct tracepoint_field *field)
{
	const char *end = s + len, *bracket = memchr(s, '[', len), *name;
	bool data_loc = !strncmp(s, "__data_loc ", 11);

	/* Behind the name, or behind the type. */
	name = bracket && !data_loc ? bracket : end;
	end = name;
	while (name > s && name[-1] != ' ' && name[-1] != '*')
		name--;
	if (name == s || name == end || (size_t)(end - name) >= sizeof(field->name))
		return -EINVAL;
	memcpy(field->name, name, (size_t)(end - name));
	field->kind = data_loc ? FIELD_DATA_LOC : bracket ? FIELD_ARRAY : FIELD_NUMBER;
	if (data_loc)
		s += 11;
	if (!strncmp(s, "const ", 6))
		s += 6;
	field->is_text = !strncmp(s, "char", 4) &&
			 (field->kind != FIELD_NUMBER || memchr(s, '*', (size_t)(name - s)));
	return 0;
}

/* "	field:int common_pid;	offset:4;	size:4;	signed:1;" */
static int parse_field(const char *line, struct tracepoint_field *field)
{
	const char *declaration = strstr(line, "field:"), *end;
	unsigned offset, size, is_signed = 0;

	*field = (struct tracepoint_field){0};
	declaration += strlen("field:");
	end = strchr(declaration, ';');
	if (!end || sscanf(end, "; offset:%u; size:%u; signed:%u;", &offset, &size, &is_signed) < 2)
		return -EINVAL;
	if (offset > INT16_MAX || size > INT16_MAX)
		return -EINVAL;
	field->offset = (uint16_t)offset;
	field->size = (uint16_t)size;
	field->is_signed = is_signed;
	return parse_declaration(declaration, (size_t)(end - declaration), field);
}

int tracepoint_format_parse(const char *text, struct tracepoint_format *ret)
{
	ret->n = 0;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		int r;

		line += *line == '\n';
		if (*line == '\0')
			break;
		if (strncmp(line, "\tfield:", 7) != 0)
			continue;
		if (ret->n == TRACEPOINT_FIELDS_MAX)
			return -E2BIG;
		r = parse_field(line, &ret->v[ret->n]);
		if (r < 0)
			return r;
		ret->n++;
	}
	return 0;
}

int tracepoint_format_read(const char *event, struct tracepoint_format *ret)
{
	_cleanup_free_ char *text = calloc(1, FILE_MAX), *path = NULL;
	_cleanup_fclose_ FILE *f = NULL;
	size_t len;

	if (!text || asprintf(&path, "events/%s/format", event) < 0)
		return -ENOMEM;
	f = tracefs_open(path);
	if (!f)
		return -errno;
	len = fread(text, 1, FILE_MAX, f);
	if (ferror(f))
		return -EIO;
	if (len == FILE_MAX)
		return -E2BIG;
	text[len] = '\0';
	return tracepoint_format_parse(text, ret);
}
