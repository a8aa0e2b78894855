// SPDX-License-Identifier: Apache-2.0
#include "event/json_read_value.h"
#include "base/suggest.h"

#include "base/cleanup.h"
#include "base/number.h"
#include "event/base64.h"
#include "event/json_name.h"
#include "event/timestamp.h"

#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/field_mask.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>
#include <google/protobuf/wrappers.pb-c.h>

#include <errno.h>
#include <math.h>

/* Up to here every integer is a double of its own. */
#define EXACT_DOUBLE 9007199254740992.0

static void decref(json_t **json)
{
	json_decref(*json);
}

#define _cleanup_json_ _cleanup_(decref)

struct integer {
	uint64_t magnitude;
	bool negative;
};

/* Only digits, perhaps after a minus. */
static bool integer_from_digits(const char *s, struct integer *ret)
{
	struct integer v = {.negative = *s == '-'};

	s += v.negative;
	if (number_read_digits(s, strlen(s), 10, &v.magnitude) < 0)
		return false;
	*ret = v;
	return true;
}

static bool integer_from_double(double v, struct integer *ret)
{
	double magnitude = v < 0 ? -v : v;

	if (magnitude > EXACT_DOUBLE || magnitude != (double)(uint64_t)magnitude)
		return false;
	*ret = (struct integer){(uint64_t)magnitude, v < 0};
	return true;
}

static bool integer_from_number(const json_t *json, struct integer *ret)
{
	json_int_t v = json_integer_value(json);

	if (json_is_real(json))
		return integer_from_double(json_real_value(json), ret);
	*ret = (struct integer){v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0};
	return json_is_integer(json);
}

/* The number that a string holds, as "1e3". Returns NULL when it holds none. */
static json_t *number_in_string(const json_t *json)
{
	json_t *number = json_loadb(json_string_value(json), json_string_length(json),
				    JSON_DECODE_ANY, NULL);

	if (json_is_number(number))
		return number;
	json_decref(number);
	return NULL;
}

static bool to_integer(const json_t *json, struct integer *ret)
{
	_cleanup_json_ json_t *number = NULL;

	if (!json_is_string(json))
		return integer_from_number(json, ret);
	if (integer_from_digits(json_string_value(json), ret))
		return true;
	number = number_in_string(json);
	return number && integer_from_number(number, ret);
}

/* Integers from -@below to @above, in two's complement. */
static int read_integer(struct json_reader *r, const struct json_place *place, const json_t *json,
			uint64_t below, uint64_t above, const char *expected, uint64_t *ret)
{
	struct integer v;

	if (!to_integer(json, &v) || v.magnitude > (v.negative ? below : above))
		return json_misfit(r, place, expected);
	*ret = v.negative ? 0 - v.magnitude : v.magnitude;
	return 0;
}

/* Every reader of a value has the arguments of json_read_fn. */
#define READ_FN(name)                                                          \
	static int name(struct json_reader *r, const struct json_place *place, \
			_unused_ const void *type, const json_t *json, void *to)

READ_FN(read_int32)
{
	uint64_t v = 0;
	int rc = read_integer(r, place, json, (uint64_t)INT32_MAX + 1, INT32_MAX,
			      "a signed 32-bit integer", &v);

	if (rc == 0)
		*(int32_t *)to = (int32_t)v;
	return rc;
}

READ_FN(read_uint32)
{
	uint64_t v = 0;
	int rc = read_integer(r, place, json, 0, UINT32_MAX, "an unsigned 32-bit integer", &v);

	if (rc == 0)
		*(uint32_t *)to = (uint32_t)v;
	return rc;
}

READ_FN(read_int64)
{
	uint64_t v = 0;
	int rc = read_integer(r, place, json, (uint64_t)INT64_MAX + 1, INT64_MAX,
			      "a signed 64-bit integer", &v);

	if (rc == 0)
		*(int64_t *)to = (int64_t)v;
	return rc;
}

READ_FN(read_uint64)
{
	return read_integer(r, place, json, 0, UINT64_MAX, "an unsigned 64-bit integer", to);
}

READ_FN(read_double)
{
	static const struct {
		const char *name;
		double value;
	} names[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
	_cleanup_json_ json_t *number = NULL;
	const char *s = json_string_value(json);

	for (size_t i = 0; s && i < ARRAY_SIZE(names); i++) {
		if (!strcmp(s, names[i].name)) {
			*(double *)to = names[i].value;
			return 0;
		}
	}
	if (s) {
		number = number_in_string(json);
		json = number;
	}
	if (!json_is_number(json))
		return json_misfit(r, place, "a number");
	/* jansson takes -0 for an integer, whose zero has no sign. */
	*(double *)to = json_number_value(json);
	return 0;
}

READ_FN(read_float)
{
	double v = 0;
	int rc = read_double(r, place, type, json, &v);

	if (rc < 0)
		return rc;
	if (isfinite(v) && !isfinite((float)v))
		return json_misfit(r, place, "a single-precision number");
	*(float *)to = (float)v;
	return 0;
}

READ_FN(read_bool)
{
	if (!json_is_boolean(json))
		return json_misfit(r, place, "true or false");
	*(protobuf_c_boolean *)to = json_is_true(json);
	return 0;
}

static int unknown_enum(struct json_reader *r, const struct json_place *place,
			const ProtobufCEnumDescriptor *type, const char *name)
{
	struct suggest suggest;

	if (!r->strict)
		return JSON_PASSED_OVER;
	suggest_init(&suggest, name, strlen(name), MAX(strlen(name) / 4, (size_t)1));
	for (unsigned i = 0; i < type->n_value_names; i++)
		suggest_offer(&suggest, type->values_by_name[i].name);
	json_refuse(r, place, "there is no \"%s\"", name);
	suggest_remedy(&suggest, r->reterr);
	return -EBADMSG;
}

READ_FN(read_enum)
{
	const ProtobufCEnumValue *named;
	int32_t number = 0;
	int rc;

	if (json_is_string(json)) {
		named = protobuf_c_enum_descriptor_get_value_by_name(type, json_string_value(json));
		if (!named)
			return unknown_enum(r, place, type, json_string_value(json));
		*(int *)to = named->value;
		return 0;
	}
	if (!json_is_number(json))
		return json_misfit(r, place, "the name of an enum value or its number");
	rc = read_int32(r, place, NULL, json, &number);
	if (rc == 0)
		*(int *)to = number;
	return rc;
}

READ_FN(read_string)
{
	char *copy;

	if (!json_is_string(json))
		return json_misfit(r, place, "a string");
	copy = strdup(json_string_value(json));
	if (!copy)
		return -ENOMEM;
	*(char **)to = copy;
	return 0;
}

READ_FN(read_bytes)
{
	_cleanup_str_ struct str bytes = STR_INIT;

	if (!json_is_string(json) ||
	    base64_decode(&bytes, json_string_value(json), json_string_length(json)) < 0)
		return json_misfit(r, place, "a string in base64");
	if (bytes.failed)
		return -ENOMEM;
	*(ProtobufCBinaryData *)to = (ProtobufCBinaryData){
		.len = bytes.len,
		.data = (uint8_t *)TAKE_PTR(bytes.data),
	};
	return 0;
}

json_read_fn *const json_value_readers[] = {
	[PROTOBUF_C_TYPE_INT32] = read_int32,
	[PROTOBUF_C_TYPE_SINT32] = read_int32,
	[PROTOBUF_C_TYPE_SFIXED32] = read_int32,
	[PROTOBUF_C_TYPE_INT64] = read_int64,
	[PROTOBUF_C_TYPE_SINT64] = read_int64,
	[PROTOBUF_C_TYPE_SFIXED64] = read_int64,
	[PROTOBUF_C_TYPE_UINT32] = read_uint32,
	[PROTOBUF_C_TYPE_FIXED32] = read_uint32,
	[PROTOBUF_C_TYPE_UINT64] = read_uint64,
	[PROTOBUF_C_TYPE_FIXED64] = read_uint64,
	[PROTOBUF_C_TYPE_FLOAT] = read_float,
	[PROTOBUF_C_TYPE_DOUBLE] = read_double,
	[PROTOBUF_C_TYPE_BOOL] = read_bool,
	[PROTOBUF_C_TYPE_ENUM] = read_enum,
	[PROTOBUF_C_TYPE_STRING] = read_string,
	[PROTOBUF_C_TYPE_BYTES] = read_bytes,
	[PROTOBUF_C_TYPE_MESSAGE] = json_read_message,
};

#define READ_WELL_KNOWN_FN(name)                                                                   \
	static int name(struct json_reader *r, const struct json_place *place, const json_t *json, \
			ProtobufCMessage *msg)

READ_WELL_KNOWN_FN(read_timestamp)
{
	Google__Protobuf__Timestamp *t = (Google__Protobuf__Timestamp *)msg;

	if (!json_is_string(json) ||
	    timestamp_parse(json_string_value(json), json_string_length(json), &t->seconds,
			    &t->nanos) < 0)
		return json_misfit(r, place, "a time as in 2006-01-02T15:04:05.999Z");
	return 0;
}

READ_WELL_KNOWN_FN(read_duration)
{
	Google__Protobuf__Duration *d = (Google__Protobuf__Duration *)msg;

	if (!json_is_string(json) ||
	    timestamp_parse_duration(json_string_value(json), json_string_length(json), &d->seconds,
				     &d->nanos) < 0)
		return json_misfit(r, place, "a number of seconds as in \"1.5s\"");
	return 0;
}

static int add_path(Google__Protobuf__FieldMask *mask, const char *path, size_t len)
{
	_cleanup_str_ struct str snake = STR_INIT;

	json_append_snake(&snake, path, len);
	if (!str_cstr(&snake))
		return -ENOMEM;
	mask->paths[mask->n_paths++] = TAKE_PTR(snake.data);
	return 0;
}

/* Paths with underscores are taken too: people write them as the events spell their fields. */
READ_WELL_KNOWN_FN(read_field_mask)
{
	static const char path_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_.";
	Google__Protobuf__FieldMask *mask = (Google__Protobuf__FieldMask *)msg;
	const char *s = json_string_value(json);
	size_t n = 1;

	if (!s)
		return json_misfit(r, place, "a string of field paths with commas between");
	s += strspn(s, " ");
	if (!*s)
		return 0;
	for (const char *p = s; (p = strchr(p, ',')); p++)
		n++;
	mask->paths = calloc(n, sizeof(*mask->paths));
	if (!mask->paths)
		return -ENOMEM;
	for (;;) {
		size_t len = strspn(s, path_chars);
		int rc = add_path(mask, s, len);

		if (rc < 0)
			return rc;
		s += len;
		s += strspn(s, " ");
		if (!*s)
			return 0;
		if (*s != ',')
			return json_misfit(r, place, "field paths with commas between");
		s++;
		s += strspn(s, " ");
	}
}

READ_WELL_KNOWN_FN(read_wrapper)
{
	const ProtobufCFieldDescriptor *field = msg->descriptor->fields;

	return json_value_readers[field->type](r, place, NULL, json, (char *)msg + field->offset);
}

READ_WELL_KNOWN_FN(read_any)
{
	Google__Protobuf__Any *any = (Google__Protobuf__Any *)msg;
	const struct {
		const char *key;
		json_read_fn *read;
		void *to;
	} members[] = {{"@type", read_string, &any->type_url}, {"value", read_bytes, &any->value}};

	if (!json_is_object(json))
		return json_misfit(r, place, "an object with @type");
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const json_t *member = json_object_get(json, members[i].key);
		const struct json_place at = {.up = place, .key = members[i].key};
		int rc = member ? members[i].read(r, &at, NULL, member, members[i].to) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

json_read_well_known_fn *json_well_known_reader(const ProtobufCMessageDescriptor *type)
{
	static const struct {
		const ProtobufCMessageDescriptor *type;
		json_read_well_known_fn *read;
	} table[] = {
		{&google__protobuf__any__descriptor, read_any},
		{&google__protobuf__bool_value__descriptor, read_wrapper},
		{&google__protobuf__bytes_value__descriptor, read_wrapper},
		{&google__protobuf__double_value__descriptor, read_wrapper},
		{&google__protobuf__duration__descriptor, read_duration},
		{&google__protobuf__field_mask__descriptor, read_field_mask},
		{&google__protobuf__float_value__descriptor, read_wrapper},
		{&google__protobuf__int32_value__descriptor, read_wrapper},
		{&google__protobuf__int64_value__descriptor, read_wrapper},
		{&google__protobuf__string_value__descriptor, read_wrapper},
		{&google__protobuf__timestamp__descriptor, read_timestamp},
		{&google__protobuf__uint32_value__descriptor, read_wrapper},
		{&google__protobuf__uint64_value__descriptor, read_wrapper},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].type == type)
			return table[i].read;
	return NULL;
}
