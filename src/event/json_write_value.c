// SPDX-License-Identifier: Apache-2.0
#include "event/json_write_value.h"

#include "event/base64.h"
#include "event/json_float.h"
#include "event/json_name.h"
#include "event/timestamp.h"

#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/field_mask.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>
#include <google/protobuf/wrappers.pb-c.h>

/* Every writer of a value has the arguments of json_value_fn. */
#define VALUE_FN(name)                                                    \
	static void name(_unused_ struct json_writer *w, struct str *out, \
			 _unused_ const void *type, const void *value)

VALUE_FN(write_int32)
{
	str_append_i64(out, *(const int32_t *)value);
}

VALUE_FN(write_uint32)
{
	str_append_u64(out, *(const uint32_t *)value);
}

/* JavaScript's numbers are exact to 53 bits only. */
VALUE_FN(write_int64)
{
	str_append_char(out, '"');
	str_append_i64(out, *(const int64_t *)value);
	str_append_char(out, '"');
}

VALUE_FN(write_uint64)
{
	str_append_char(out, '"');
	str_append_u64(out, *(const uint64_t *)value);
	str_append_char(out, '"');
}

VALUE_FN(write_float)
{
	json_write_float(out, *(const float *)value);
}

VALUE_FN(write_double)
{
	json_write_double(out, *(const double *)value);
}

VALUE_FN(write_bool)
{
	if (*(const protobuf_c_boolean *)value)
		str_append_lit(out, "true");
	else
		str_append_lit(out, "false");
}

VALUE_FN(write_enum)
{
	int number = *(const int *)value;
	const ProtobufCEnumValue *named = protobuf_c_enum_descriptor_get_value(type, number);

	if (!named) {
		str_append_i64(out, number);
		return;
	}
	str_append_char(out, '"');
	str_append_z(out, named->name);
	str_append_char(out, '"');
}

VALUE_FN(write_string)
{
	const char *s = *(const char *const *)value;

	json_write_string(out, s ? s : "", s ? strlen(s) : 0);
}

VALUE_FN(write_bytes)
{
	const ProtobufCBinaryData *bytes = value;

	str_append_char(out, '"');
	base64_append(out, bytes->data, bytes->len);
	str_append_char(out, '"');
}

const struct json_type json_types[] = {
	[PROTOBUF_C_TYPE_INT32] = {write_int32, JSON_PRESENT_NONZERO32},
	[PROTOBUF_C_TYPE_SINT32] = {write_int32, JSON_PRESENT_NONZERO32},
	[PROTOBUF_C_TYPE_SFIXED32] = {write_int32, JSON_PRESENT_NONZERO32},
	[PROTOBUF_C_TYPE_INT64] = {write_int64, JSON_PRESENT_NONZERO64},
	[PROTOBUF_C_TYPE_SINT64] = {write_int64, JSON_PRESENT_NONZERO64},
	[PROTOBUF_C_TYPE_SFIXED64] = {write_int64, JSON_PRESENT_NONZERO64},
	[PROTOBUF_C_TYPE_UINT32] = {write_uint32, JSON_PRESENT_NONZERO32},
	[PROTOBUF_C_TYPE_FIXED32] = {write_uint32, JSON_PRESENT_NONZERO32},
	[PROTOBUF_C_TYPE_UINT64] = {write_uint64, JSON_PRESENT_NONZERO64},
	[PROTOBUF_C_TYPE_FIXED64] = {write_uint64, JSON_PRESENT_NONZERO64},
	/* By its bits: a negative zero is present. */
	[PROTOBUF_C_TYPE_FLOAT] = {write_float, JSON_PRESENT_NONZERO32},
	[PROTOBUF_C_TYPE_DOUBLE] = {write_double, JSON_PRESENT_NONZERO64},
	[PROTOBUF_C_TYPE_BOOL] = {write_bool, JSON_PRESENT_NONZERO32},
	[PROTOBUF_C_TYPE_ENUM] = {write_enum, JSON_PRESENT_NONZERO32},
	[PROTOBUF_C_TYPE_STRING] = {write_string, JSON_PRESENT_TEXT},
	/* The length comes first in the struct. */
	[PROTOBUF_C_TYPE_BYTES] = {write_bytes, JSON_PRESENT_NONZERO_SIZE},
	[PROTOBUF_C_TYPE_MESSAGE] = {json_write_message, JSON_PRESENT_NONZERO_SIZE},
};

VALUE_FN(write_timestamp)
{
	const Google__Protobuf__Timestamp *t = *(Google__Protobuf__Timestamp *const *)value;

	str_append_char(out, '"');
	timestamp_append(out, t->seconds, t->nanos);
	str_append_char(out, '"');
}

VALUE_FN(write_duration)
{
	const Google__Protobuf__Duration *d = *(Google__Protobuf__Duration *const *)value;

	str_append_char(out, '"');
	timestamp_append_duration(out, d->seconds, d->nanos);
	str_append_char(out, '"');
}

VALUE_FN(write_field_mask)
{
	const Google__Protobuf__FieldMask *mask = *(Google__Protobuf__FieldMask *const *)value;
	_cleanup_str_ struct str text = STR_INIT;

	for (size_t i = 0; i < mask->n_paths; i++) {
		if (i > 0)
			str_append_char(&text, ',');
		json_append_camel(&text, mask->paths[i], strlen(mask->paths[i]));
	}
	if (str_cstr(&text))
		json_write_string(out, text.data, text.len);
	else
		out->failed = true;
}

VALUE_FN(write_any)
{
	const Google__Protobuf__Any *any = *(Google__Protobuf__Any *const *)value;

	if (!*any->type_url && any->value.len == 0) {
		str_append_lit(out, "{}");
		return;
	}
	str_append_lit(out, "{\"@type\":");
	json_write_string(out, any->type_url, strlen(any->type_url));
	str_append_lit(out, ",\"value\":");
	write_bytes(w, out, NULL, &any->value);
	str_append_char(out, '}');
}

/* The bare value, be it zero: that it is there is what a wrapper says. */
VALUE_FN(write_wrapper)
{
	const ProtobufCMessage *wrapper = *(ProtobufCMessage *const *)value;
	const ProtobufCFieldDescriptor *field = wrapper->descriptor->fields;

	json_types[field->type].write(w, out, NULL, (const char *)wrapper + field->offset);
}

json_value_fn *json_well_known_writer(const ProtobufCMessageDescriptor *type)
{
	static const struct {
		const ProtobufCMessageDescriptor *type;
		json_value_fn *write;
	} table[] = {
		{&google__protobuf__any__descriptor, write_any},
		{&google__protobuf__bool_value__descriptor, write_wrapper},
		{&google__protobuf__bytes_value__descriptor, write_wrapper},
		{&google__protobuf__double_value__descriptor, write_wrapper},
		{&google__protobuf__duration__descriptor, write_duration},
		{&google__protobuf__field_mask__descriptor, write_field_mask},
		{&google__protobuf__float_value__descriptor, write_wrapper},
		{&google__protobuf__int32_value__descriptor, write_wrapper},
		{&google__protobuf__int64_value__descriptor, write_wrapper},
		{&google__protobuf__string_value__descriptor, write_wrapper},
		{&google__protobuf__timestamp__descriptor, write_timestamp},
		{&google__protobuf__uint32_value__descriptor, write_wrapper},
		{&google__protobuf__uint64_value__descriptor, write_wrapper},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].type == type)
			return table[i].write;
	return NULL;
}
