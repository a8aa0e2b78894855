// SPDX-License-Identifier: Apache-2.0
#include "cel/proto.h"

#include "base/clock.h"
#include "cel/calendar.h"
#include "event/json_shape.h"

#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>
#include <google/protobuf/wrappers.pb-c.h>

#include <errno.h>
#include <string.h>

#define MEMBER(message, offset) ((const void *)((const char *)(message) + (offset)))

#define NULLABLE(k) (&(const struct cel_type){.kind = CEL_NULLABLE, .arg = {CEL_SIMPLE(k)}})

/* Message types that CEL turns into something else. */
static const struct {
	const ProtobufCMessageDescriptor *message;
	enum cel_shape shape;
	const struct cel_type *type;
} well_known[] = {
	{&google__protobuf__timestamp__descriptor, CEL_SHAPE_TIMESTAMP, CEL_SIMPLE(CEL_TIMESTAMP)},
	{&google__protobuf__duration__descriptor, CEL_SHAPE_DURATION, CEL_SIMPLE(CEL_DURATION)},
	{&google__protobuf__uint32_value__descriptor, CEL_SHAPE_WRAPPER, NULLABLE(CEL_UINT)},
	{&google__protobuf__uint64_value__descriptor, CEL_SHAPE_WRAPPER, NULLABLE(CEL_UINT)},
	{&google__protobuf__int32_value__descriptor, CEL_SHAPE_WRAPPER, NULLABLE(CEL_INT)},
	{&google__protobuf__int64_value__descriptor, CEL_SHAPE_WRAPPER, NULLABLE(CEL_INT)},
	{&google__protobuf__bool_value__descriptor, CEL_SHAPE_WRAPPER, NULLABLE(CEL_BOOL)},
	{&google__protobuf__string_value__descriptor, CEL_SHAPE_WRAPPER, NULLABLE(CEL_STRING)},
	{&google__protobuf__bytes_value__descriptor, CEL_SHAPE_WRAPPER, NULLABLE(CEL_BYTES)},
	{&google__protobuf__double_value__descriptor, CEL_SHAPE_WRAPPER, NULLABLE(CEL_DOUBLE)},
	{&google__protobuf__float_value__descriptor, CEL_SHAPE_WRAPPER, NULLABLE(CEL_DOUBLE)},
};

static const enum cel_kind scalar_kinds[] = {
	[PROTOBUF_C_TYPE_INT32] = CEL_INT,       [PROTOBUF_C_TYPE_SINT32] = CEL_INT,
	[PROTOBUF_C_TYPE_SFIXED32] = CEL_INT,    [PROTOBUF_C_TYPE_INT64] = CEL_INT,
	[PROTOBUF_C_TYPE_SINT64] = CEL_INT,      [PROTOBUF_C_TYPE_SFIXED64] = CEL_INT,
	[PROTOBUF_C_TYPE_UINT32] = CEL_UINT,     [PROTOBUF_C_TYPE_FIXED32] = CEL_UINT,
	[PROTOBUF_C_TYPE_UINT64] = CEL_UINT,     [PROTOBUF_C_TYPE_FIXED64] = CEL_UINT,
	[PROTOBUF_C_TYPE_FLOAT] = CEL_DOUBLE,    [PROTOBUF_C_TYPE_DOUBLE] = CEL_DOUBLE,
	[PROTOBUF_C_TYPE_BOOL] = CEL_BOOL,       [PROTOBUF_C_TYPE_ENUM] = CEL_INT,
	[PROTOBUF_C_TYPE_STRING] = CEL_STRING,   [PROTOBUF_C_TYPE_BYTES] = CEL_BYTES,
	[PROTOBUF_C_TYPE_MESSAGE] = CEL_MESSAGE,
};

static enum cel_shape element_shape(const ProtobufCFieldDescriptor *field)
{
	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return CEL_SHAPE_SCALAR;
	for (size_t i = 0; i < ARRAY_SIZE(well_known); i++)
		if (well_known[i].message == field->descriptor)
			return well_known[i].shape;
	return CEL_SHAPE_MESSAGE;
}

struct cel_field cel_field_find(const ProtobufCMessageDescriptor *message, const char *name)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(message, name);

	if (!field)
		return (struct cel_field){NULL, CEL_SHAPE_NONE};
	switch (json_shape(message, field)) {
	case JSON_LIST:
		return (struct cel_field){field, CEL_SHAPE_LIST};
	case JSON_MAP:
		return (struct cel_field){field, CEL_SHAPE_MAP};
	default:
		return (struct cel_field){field, element_shape(field)};
	}
}

const struct cel_type *cel_message_type(const ProtobufCMessageDescriptor *message,
					struct arena *arena)
{
	struct cel_type *type;

	for (size_t i = 0; i < ARRAY_SIZE(well_known); i++)
		if (well_known[i].message == message)
			return well_known[i].type;
	type = arena_alloc(arena, sizeof(*type));
	if (type)
		*type = (struct cel_type){.kind = CEL_MESSAGE, .message = message};
	return type;
}

static const struct cel_type *element_type(const ProtobufCFieldDescriptor *field,
					   struct arena *arena)
{
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return cel_message_type(field->descriptor, arena);
	return CEL_SIMPLE(scalar_kinds[field->type]);
}

const struct cel_type *cel_field_type(const struct cel_field *field, struct arena *arena)
{
	const ProtobufCMessageDescriptor *entry = field->descriptor->descriptor;
	struct cel_type *type;

	if (field->shape != CEL_SHAPE_LIST && field->shape != CEL_SHAPE_MAP)
		return element_type(field->descriptor, arena);
	type = arena_alloc(arena, sizeof(*type));
	if (!type)
		return NULL;
	if (field->shape == CEL_SHAPE_LIST)
		*type = (struct cel_type){.kind = CEL_LIST,
					  .arg = {element_type(field->descriptor, arena)}};
	else
		*type = (struct cel_type){.kind = CEL_MAP,
					  .arg = {element_type(&entry->fields[0], arena),
						  element_type(&entry->fields[1], arena)}};
	if (!type->arg[0] || (field->shape == CEL_SHAPE_MAP && !type->arg[1]))
		return NULL;
	return type;
}

static struct cel_value text_or_empty(const char *s)
{
	return s ? cel_string(s, strlen(s)) : cel_string("", 0);
}

static struct cel_value read_scalar(ProtobufCType type, const void *member)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_ENUM:
		return cel_int(*(const int32_t *)member);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return cel_int(*(const int64_t *)member);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return cel_uint(*(const uint32_t *)member);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return cel_uint(*(const uint64_t *)member);
	case PROTOBUF_C_TYPE_FLOAT:
		return cel_double((double)*(const float *)member);
	case PROTOBUF_C_TYPE_DOUBLE:
		return cel_double(*(const double *)member);
	case PROTOBUF_C_TYPE_BOOL:
		return cel_bool(*(const protobuf_c_boolean *)member);
	case PROTOBUF_C_TYPE_STRING:
		return text_or_empty(*(const char *const *)member);
	default: {
		const ProtobufCBinaryData *bytes = member;

		return cel_bytes(bytes->data, bytes->len);
	}
	}
}

/* What a scalar is that is not set. */
static struct cel_value scalar_default(ProtobufCType type)
{
	static const union {
		uint64_t zero;
		void *null;
		ProtobufCBinaryData empty;
	} unset;

	return read_scalar(type, &unset);
}

static int read_timestamp(const Google__Protobuf__Timestamp *t, struct cel_value *ret)
{
	if (t && !cel_time_in_range(t->seconds, t->nanos))
		return -ERANGE;
	*ret = t ? cel_timestamp(t->seconds, t->nanos) : cel_timestamp(0, 0);
	return 0;
}

static int read_duration(const Google__Protobuf__Duration *d, struct cel_value *ret)
{
	int64_t nanoseconds = 0;

	if (d && (__builtin_mul_overflow(d->seconds, (int64_t)NSEC_PER_SEC, &nanoseconds) ||
		  __builtin_add_overflow(nanoseconds, (int64_t)d->nanos, &nanoseconds)))
		return -ERANGE;
	*ret = cel_duration(nanoseconds);
	return 0;
}

/* A wrapper's only field is its value. */
static struct cel_value read_wrapper(const ProtobufCMessage *wrapper)
{
	const ProtobufCFieldDescriptor *value;

	if (!wrapper)
		return cel_null();
	value = &wrapper->descriptor->fields[0];
	return read_scalar(value->type, MEMBER(wrapper, value->offset));
}

/* @submessage is what the pointer of a member points to, NULL when it is not set. */
static int read_message(enum cel_shape shape, const ProtobufCFieldDescriptor *field,
			const ProtobufCMessage *submessage, struct cel_value *ret)
{
	switch (shape) {
	case CEL_SHAPE_WRAPPER:
		*ret = read_wrapper(submessage);
		return 0;
	case CEL_SHAPE_TIMESTAMP:
		return read_timestamp((const Google__Protobuf__Timestamp *)submessage, ret);
	case CEL_SHAPE_DURATION:
		return read_duration((const Google__Protobuf__Duration *)submessage, ret);
	default:
		*ret = cel_message(field->descriptor, submessage);
		return 0;
	}
}

/* An element of a repeated field, or any other single value. */
static int read_element(enum cel_shape shape, const ProtobufCFieldDescriptor *field,
			const void *member, struct cel_value *ret)
{
	if (shape != CEL_SHAPE_SCALAR)
		return read_message(shape, field, *(ProtobufCMessage *const *)member, ret);
	*ret = read_scalar(field->type, member);
	return 0;
}

static bool is_other_case(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
	return json_in_oneof(field) &&
	       *(const uint32_t *)MEMBER(message, field->quantifier_offset) != field->id;
}

static void read_repeated(const struct cel_field *field, const ProtobufCMessage *message,
			  struct cel_value *ret)
{
	const ProtobufCFieldDescriptor *d = field->descriptor;
	size_t n = message ? *(const size_t *)MEMBER(message, d->quantifier_offset) : 0;
	const void *items = message ? *(const void *const *)MEMBER(message, d->offset) : NULL;

	if (field->shape == CEL_SHAPE_LIST)
		*ret = (struct cel_value){.kind = CEL_LIST, .list = {items, d}};
	else
		*ret = (struct cel_value){.kind = CEL_MAP, .map = {items, d}};
	ret->n = items ? (uint32_t)MIN(n, UINT32_MAX) : 0;
}

int cel_field_get(const struct cel_field *field, const ProtobufCMessage *message,
		  struct cel_value *ret)
{
	const ProtobufCFieldDescriptor *d = field->descriptor;

	if (field->shape == CEL_SHAPE_LIST || field->shape == CEL_SHAPE_MAP) {
		read_repeated(field, message, ret);
		return 0;
	}
	if (message && !is_other_case(d, message))
		return read_element(field->shape, d, MEMBER(message, d->offset), ret);
	if (field->shape != CEL_SHAPE_SCALAR)
		return read_message(field->shape, d, NULL, ret);
	*ret = scalar_default(d->type);
	return 0;
}

/* By its bits: a negative zero is not the default. */
static bool is_zero(ProtobufCType type, const void *member)
{
	static const char zeros[sizeof(uint64_t)];

	switch (type) {
	case PROTOBUF_C_TYPE_STRING: {
		const char *s = *(const char *const *)member;

		return !s || !*s;
	}
	case PROTOBUF_C_TYPE_BYTES:
		return ((const ProtobufCBinaryData *)member)->len == 0;
	default:
		return !memcmp(member, zeros, json_element_size(type));
	}
}

bool cel_field_has(const struct cel_field *field, const ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *d = field->descriptor;

	if (!message)
		return false;
	if (field->shape == CEL_SHAPE_LIST || field->shape == CEL_SHAPE_MAP)
		return *(const size_t *)MEMBER(message, d->quantifier_offset) > 0;
	if (json_in_oneof(d) && d->type != PROTOBUF_C_TYPE_MESSAGE)
		return !is_other_case(d, message);
	return !is_other_case(d, message) && !is_zero(d->type, MEMBER(message, d->offset));
}

int cel_list_get(const struct cel_value *list, uint32_t i, struct cel_value *ret)
{
	const ProtobufCFieldDescriptor *field = list->list.field;

	if (field)
		return read_element(
			element_shape(field), field,
			(const char *)list->list.items + i * json_element_size(field->type), ret);
	*ret = ((const struct cel_value *)list->list.items)[i];
	return 0;
}

/* A map's entries are messages of two fields. */
static int read_entry(const struct cel_value *map, uint32_t i, unsigned part, struct cel_value *ret)
{
	const ProtobufCMessage *entry = ((ProtobufCMessage *const *)map->map.entries)[i];
	const ProtobufCMessageDescriptor *type = map->map.field->descriptor;
	const ProtobufCFieldDescriptor *field = &type->fields[part];

	return cel_field_get(&(struct cel_field){field, element_shape(field)}, entry, ret);
}

int cel_map_key(const struct cel_value *map, uint32_t i, struct cel_value *ret)
{
	if (map->map.field)
		return read_entry(map, i, 0, ret);
	*ret = ((const struct cel_entry *)map->map.entries)[i].key;
	return 0;
}

int cel_map_value(const struct cel_value *map, uint32_t i, struct cel_value *ret)
{
	if (map->map.field)
		return read_entry(map, i, 1, ret);
	*ret = ((const struct cel_entry *)map->map.entries)[i].value;
	return 0;
}
