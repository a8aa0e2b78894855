/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_JSON_SHAPE_H
#define OCELLI_EVENT_JSON_SHAPE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/* What a field is in JSON: a value, an array or an object by key. */
enum json_shape { JSON_SINGLE, JSON_LIST, JSON_MAP };

/* @message is the type that has @field. A map is known by its entries, which protobuf makes a
 * message of their own, nested in @message; only maps with string keys count. */
enum json_shape json_shape(const ProtobufCMessageDescriptor *message,
			   const ProtobufCFieldDescriptor *field);

/* Size of an element of a repeated field. */
size_t json_element_size(ProtobufCType type);

static inline bool json_in_oneof(const ProtobufCFieldDescriptor *field)
{
	return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

#endif
