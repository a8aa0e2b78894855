// SPDX-License-Identifier: Apache-2.0
#include "event/json_read_value.h"

#include "base/cleanup.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "event/json_name.h"
#include "event/json_shape.h"

#include <errno.h>
#include <stdarg.h>

/* As much of a value as an error quotes. */
#define MAX_QUOTE 40

static void free_message(ProtobufCMessage **msg)
{
	protobuf_c_message_free_unpacked(*msg, NULL);
}

#define _cleanup_message_ _cleanup_(free_message)

static void at_column(struct json_reader *r, size_t offset)
{
	if (!r->reterr || !*r->reterr)
		return;
	(*r->reterr)->line = 1;
	(*r->reterr)->column = (unsigned)MIN(offset + 1, UINT32_MAX);
}

int json_refuse(struct json_reader *r, const struct json_place *place, const char *fmt, ...)
{
	_cleanup_str_ struct str path = STR_INIT;
	_cleanup_free_ char *what = NULL;
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	va_end(ap);
	json_place_append(&path, place);
	if (!what || !str_cstr(&path))
		return -ENOMEM;
	error_set(r->reterr, -EBADMSG, "%s%s%s", path.data, path.len ? ": " : "", what);
	at_column(r, json_locate(r->text, r->len, place, &len));
	return -EBADMSG;
}

int json_misfit(struct json_reader *r, const struct json_place *place, const char *expected)
{
	size_t len, offset = json_locate(r->text, r->len, place, &len);
	size_t quoted = utf8_valid_prefix(r->text + offset, MIN(len, MAX_QUOTE));

	return json_refuse(r, place, "expected %s, found %.*s%s", expected, (int)quoted,
			   r->text + offset, quoted < len ? "…" : "");
}

/* A field's value, its length or its case. */
static void *member(ProtobufCMessage *msg, unsigned offset)
{
	return (char *)msg + offset;
}

static ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *msg = malloc(type->sizeof_message);

	if (msg)
		protobuf_c_message_init(type, msg);
	return msg;
}

static int read_list(struct json_reader *r, const struct json_place *place,
		     const ProtobufCFieldDescriptor *field, json_t *json, ProtobufCMessage *msg)
{
	size_t *n = member(msg, field->quantifier_offset);
	size_t size = json_element_size(field->type);
	char *elements;

	if (!json_is_array(json))
		return json_misfit(r, place, "an array");
	if (json_array_size(json) == 0)
		return 0;
	elements = calloc(json_array_size(json), size);
	if (!elements)
		return -ENOMEM;
	memcpy(member(msg, field->offset), &elements, sizeof(elements));
	for (size_t i = 0; i < json_array_size(json); i++) {
		const struct json_place at = {.up = place, .index = i, .depth = place->depth + 1};
		int rc = json_value_readers[field->type](
			r, &at, field->descriptor, json_array_get(json, i), elements + *n * size);

		if (rc < 0)
			return rc;
		*n += rc == 0;
	}
	return 0;
}

/* One entry of a map to *@to. */
static int read_entry(struct json_reader *r, const struct json_place *place,
		      const ProtobufCMessageDescriptor *type, const json_t *json,
		      ProtobufCMessage **to)
{
	const ProtobufCFieldDescriptor *key = &type->fields[0], *value = &type->fields[1];
	_cleanup_message_ ProtobufCMessage *entry = message_new(type);
	char *name = strdup(place->key);
	int rc;

	if (!entry || !name) {
		free(name);
		return -ENOMEM;
	}
	memcpy(member(entry, key->offset), &name, sizeof(name));
	rc = json_value_readers[value->type](r, place, value->descriptor, json,
					     member(entry, value->offset));
	if (rc == 0)
		*to = TAKE_PTR(entry);
	return rc;
}

static int read_map(struct json_reader *r, const struct json_place *place,
		    const ProtobufCFieldDescriptor *field, json_t *json, ProtobufCMessage *msg)
{
	size_t *n = member(msg, field->quantifier_offset);
	ProtobufCMessage **entries;
	const char *key;
	json_t *value;

	if (!json_is_object(json))
		return json_misfit(r, place, "an object");
	if (json_object_size(json) == 0)
		return 0;
	entries = calloc(json_object_size(json), sizeof(ProtobufCMessage *));
	if (!entries)
		return -ENOMEM;
	memcpy(member(msg, field->offset), &entries, sizeof(entries));
	json_object_foreach(json, key, value)
	{
		const struct json_place at = {.up = place, .key = key, .depth = place->depth + 1};
		int rc = read_entry(r, &at, field->descriptor, value, &entries[*n]);

		if (rc < 0)
			return rc;
		*n += rc == 0;
	}
	return 0;
}

static int read_single(struct json_reader *r, const struct json_place *place,
		       const ProtobufCFieldDescriptor *field, json_t *json, ProtobufCMessage *msg)
{
	uint32_t *which = NULL;
	int rc;

	if (json_in_oneof(field))
		which = member(msg, field->quantifier_offset);
	if (which && *which)
		return json_refuse(r, place, "a second one of fields that exclude each other");
	rc = json_value_readers[field->type](r, place, field->descriptor, json,
					     member(msg, field->offset));
	if (rc == 0 && which)
		*which = field->id;
	return rc;
}

static int read_field(struct json_reader *r, const struct json_place *place,
		      const ProtobufCFieldDescriptor *field, json_t *json, ProtobufCMessage *msg)
{
	static int (*const readers[])(struct json_reader *, const struct json_place *,
				      const ProtobufCFieldDescriptor *, json_t *,
				      ProtobufCMessage *) = {
		[JSON_SINGLE] = read_single,
		[JSON_LIST] = read_list,
		[JSON_MAP] = read_map,
	};

	if (json_is_null(json))
		return 0;
	return readers[json_shape(msg->descriptor, field)](r, place, field, json, msg);
}

static bool is_field(const ProtobufCMessageDescriptor *type, const char *name, struct str *camel)
{
	for (unsigned i = 0; i < type->n_fields; i++) {
		const char *field = type->fields[i].name;

		str_reset(camel);
		json_append_camel(camel, field, strlen(field));
		if (!strcmp(name, field) || (str_cstr(camel) && !strcmp(name, camel->data)))
			return true;
	}
	return false;
}

static int refuse_unknown(struct json_reader *r, const struct json_place *place,
			  const ProtobufCMessageDescriptor *type, json_t *json)
{
	_cleanup_str_ struct str camel = STR_INIT;
	struct suggest suggest;
	const char *name;
	json_t *value;

	json_object_foreach(json, name, value)
	{
		if (is_field(type, name, &camel))
			continue;
		suggest_init(&suggest, name, strlen(name), MAX(strlen(name) / 4, (size_t)1));
		for (unsigned i = 0; i < type->n_fields; i++)
			suggest_offer(&suggest, type->fields[i].name);
		json_refuse(r, &(struct json_place){.up = place, .key = name},
			    "there is no such field");
		suggest_remedy(&suggest, r->reterr);
		return -EBADMSG;
	}
	return 0;
}

static int read_object(struct json_reader *r, const struct json_place *place, const json_t *json,
		       ProtobufCMessage *msg)
{
	const ProtobufCMessageDescriptor *type = msg->descriptor;
	_cleanup_str_ struct str camel = STR_INIT;

	if (!json_is_object(json))
		return json_misfit(r, place, "an object");
	if (place->depth > JSON_MAX_DEPTH)
		return json_refuse(r, place, "nested deeper than %d", JSON_MAX_DEPTH);
	/* By field, not by member: however often and under whichever name a field is given, it is
	 * set once. */
	for (unsigned i = 0; i < type->n_fields; i++) {
		const char *name = type->fields[i].name;
		json_t *value = json_object_get(json, name);
		int rc;

		if (!value && strchr(name, '_')) {
			str_reset(&camel);
			json_append_camel(&camel, name, strlen(name));
			name = str_cstr(&camel);
			if (!name)
				return -ENOMEM;
			value = json_object_get(json, name);
		}
		if (!value)
			continue;
		rc = read_field(
			r,
			&(struct json_place){.up = place, .key = name, .depth = place->depth + 1},
			&type->fields[i], value, msg);
		if (rc < 0)
			return rc;
	}
	return r->strict ? refuse_unknown(r, place, type, (json_t *)(uintptr_t)json) : 0;
}

int json_read_message(struct json_reader *r, const struct json_place *place, const void *type,
		      const json_t *json, void *to)
{
	json_read_well_known_fn *well_known = json_well_known_reader(type);
	_cleanup_message_ ProtobufCMessage *msg = message_new(type);
	int rc;

	if (!msg)
		return -ENOMEM;
	rc = well_known ? well_known(r, place, json, msg) : read_object(r, place, json, msg);
	if (rc == 0) {
		memcpy(to, &msg, sizeof(void *));
		msg = NULL;
	}
	return rc;
}

/* What is no JSON at all. */
static int refuse_syntax(struct json_reader *r, const json_error_t *error)
{
	/* Nothing is wrong with the text then. */
	if (!error->text[0] || json_error_code(error) == json_error_out_of_memory)
		return -ENOMEM;
	error_set(r->reterr, -EBADMSG, "%s", error->text);
	if (strstr(error->text, "big integer"))
		error_remedy(r->reterr, "write it as a string");
	at_column(r, error->position > 0 ? (size_t)error->position - 1 : 0);
	return -EBADMSG;
}

static int read_text(const ProtobufCMessageDescriptor *descriptor, struct json_reader *r,
		     ProtobufCMessage **ret)
{
	const struct json_place whole = {.up = NULL};
	json_error_t error;
	json_t *json = json_loadb(r->text, r->len, JSON_DECODE_ANY, &error);
	int rc = json ? json_read_message(r, &whole, descriptor, json, ret)
		      : refuse_syntax(r, &error);

	json_decref(json);
	if (rc == -ENOMEM)
		return error_set(r->reterr, rc, "out of memory");
	return rc;
}

int json_read(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t len,
	      ProtobufCMessage **ret, struct error **reterr)
{
	struct json_reader r = {.text = text, .len = len, .reterr = reterr};

	return read_text(descriptor, &r, ret);
}

int json_read_strict(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t len,
		     ProtobufCMessage **ret, struct error **reterr)
{
	struct json_reader r = {.text = text, .len = len, .strict = true, .reterr = reterr};

	return read_text(descriptor, &r, ret);
}
