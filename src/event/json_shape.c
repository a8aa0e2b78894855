// SPDX-License-Identifier: Apache-2.0
#include "event/json_shape.h"

#include <string.h>

/* Whether @entry is named MESSAGE.SomethingEntry. */
static bool is_entry_name(const char *entry, const char *message)
{
	static const char suffix[] = "Entry";
	size_t within = strlen(message), len = strlen(entry), tail = sizeof(suffix) - 1;

	return len > within + 1 + tail && !memcmp(entry, message, within) && entry[within] == '.' &&
	       !strcmp(entry + len - tail, suffix);
}

static bool is_field(const ProtobufCFieldDescriptor *field, const char *name, uint32_t number)
{
	return field->id == number && !strcmp(field->name, name);
}

enum json_shape json_shape(const ProtobufCMessageDescriptor *message,
			   const ProtobufCFieldDescriptor *field)
{
	const ProtobufCMessageDescriptor *entry = field->descriptor;

	if (field->label != PROTOBUF_C_LABEL_REPEATED)
		return JSON_SINGLE;
	if (field->type == PROTOBUF_C_TYPE_MESSAGE && entry->n_fields == 2 &&
	    is_field(&entry->fields[0], "key", 1) && is_field(&entry->fields[1], "value", 2) &&
	    entry->fields[0].type == PROTOBUF_C_TYPE_STRING &&
	    is_entry_name(entry->name, message->name))
		return JSON_MAP;
	return JSON_LIST;
}

size_t json_element_size(ProtobufCType type)
{
	static const size_t sizes[] = {
		[PROTOBUF_C_TYPE_INT32] = sizeof(int32_t),
		[PROTOBUF_C_TYPE_SINT32] = sizeof(int32_t),
		[PROTOBUF_C_TYPE_SFIXED32] = sizeof(int32_t),
		[PROTOBUF_C_TYPE_INT64] = sizeof(int64_t),
		[PROTOBUF_C_TYPE_SINT64] = sizeof(int64_t),
		[PROTOBUF_C_TYPE_SFIXED64] = sizeof(int64_t),
		[PROTOBUF_C_TYPE_UINT32] = sizeof(uint32_t),
		[PROTOBUF_C_TYPE_FIXED32] = sizeof(uint32_t),
		[PROTOBUF_C_TYPE_UINT64] = sizeof(uint64_t),
		[PROTOBUF_C_TYPE_FIXED64] = sizeof(uint64_t),
		[PROTOBUF_C_TYPE_FLOAT] = sizeof(float),
		[PROTOBUF_C_TYPE_DOUBLE] = sizeof(double),
		[PROTOBUF_C_TYPE_BOOL] = sizeof(protobuf_c_boolean),
		[PROTOBUF_C_TYPE_ENUM] = sizeof(int),
		[PROTOBUF_C_TYPE_STRING] = sizeof(char *),
		[PROTOBUF_C_TYPE_BYTES] = sizeof(ProtobufCBinaryData),
		[PROTOBUF_C_TYPE_MESSAGE] = sizeof(ProtobufCMessage *),
	};

	return sizes[type];
}
