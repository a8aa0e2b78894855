// SPDX-License-Identifier: Apache-2.0
#include "filter/json_list.h"
#include "event/json.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct list {
	const char *text;
	size_t len;
	size_t at;
	const char *origin;
};

/* Gives the error the place @at in the text. Returns its code. */
static int fail_at(const struct list *list, size_t at, int code, struct error **reterr)
{
	unsigned line = 1, column = 1;

	for (size_t i = 0; i < at && i < list->len; i++) {
		column++;
		if (list->text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	error_at(reterr, list->origin, line, column);
	return code;
}

static void skip_space(struct list *list)
{
	while (list->at < list->len && strchr(" \t\r\n", list->text[list->at]) &&
	       list->text[list->at])
		list->at++;
}

static bool skip_char(struct list *list, char c)
{
	skip_space(list);
	if (list->at == list->len || list->text[list->at] != c)
		return false;
	list->at++;
	return true;
}

/* Returns where the object that begins at @from ends. What is in it is for the reader to judge; for
 * one that does not end, that is all of the rest. */
static size_t object_end(const struct list *list, size_t from)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = from; i < list->len; i++) {
		char c = list->text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			return i + 1;
		}
	}
	return list->len;
}

/* Where in the message it is wrong cannot be told as a place in the text. */
static void keep_place(struct error **reterr)
{
	const struct error *err = reterr ? *reterr : NULL;

	if (err && err->file)
		error_wrap(reterr, 0, "%s:%u:%u", err->file, err->line, err->column);
}

static int read_object(struct list *list, const ProtobufCMessageDescriptor *descriptor,
		       int (*each)(const ProtobufCMessage *msg, void *data, struct error **reterr),
		       void *data, struct error **reterr)
{
	size_t from = list->at;
	ProtobufCMessage *msg;
	int r;

	list->at = object_end(list, from);
	r = json_read_strict(descriptor, list->text + from, list->at - from, &msg, reterr);
	if (r < 0) {
		unsigned column = reterr && *reterr ? (*reterr)->column : 0;

		return fail_at(list, from + (column ? column - 1 : 0), r, reterr);
	}
	r = each(msg, data, reterr);
	protobuf_c_message_free_unpacked(msg, NULL);
	if (r >= 0)
		return 0;
	keep_place(reterr);
	return fail_at(list, from, r, reterr);
}

int json_list_read(const char *text, size_t len, const char *origin,
		   const ProtobufCMessageDescriptor *descriptor,
		   int (*each)(const ProtobufCMessage *msg, void *data, struct error **reterr),
		   void *data, struct error **reterr)
{
	struct list list = {.text = text, .len = len, .origin = origin};
	bool is_array;

	if (len > JSON_LIST_BYTES_MAX)
		return error_set(reterr, -E2BIG, "%s: %zu bytes; the limit is %d", origin, len,
				 JSON_LIST_BYTES_MAX);
	is_array = skip_char(&list, '[');
	for (size_t n = 0;; n++) {
		int r;

		skip_space(&list);
		if (is_array ? skip_char(&list, ']') : list.at == len)
			break;
		if (is_array && n > 0 && !skip_char(&list, ',')) {
			error_set(reterr, -EBADMSG, "expected ',' or ']'");
			return fail_at(&list, list.at, -EBADMSG, reterr);
		}
		skip_space(&list);
		if (list.at == len || text[list.at] != '{') {
			error_set(reterr, -EBADMSG, "expected a JSON object, '{'");
			return fail_at(&list, list.at, -EBADMSG, reterr);
		}
		if (n == JSON_LIST_OBJECTS_MAX) {
			error_set(reterr, -E2BIG, "more than %d objects", JSON_LIST_OBJECTS_MAX);
			return fail_at(&list, list.at, -E2BIG, reterr);
		}
		r = read_object(&list, descriptor, each, data, reterr);
		if (r < 0)
			return r;
	}
	skip_space(&list);
	if (list.at == len)
		return 0;
	error_set(reterr, -EBADMSG, "nothing can follow the list");
	return fail_at(&list, list.at, -EBADMSG, reterr);
}
