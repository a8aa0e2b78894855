/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_JSON_WRITE_VALUE_H
#define OCELLI_EVENT_JSON_WRITE_VALUE_H

#include "event/json.h"

/* Appends the value at @value, which is a member of a message struct or an element of a repeated
 * one. @type is the descriptor of the enum or message. */
typedef void json_value_fn(struct json_writer *w, struct str *out, const void *type,
			   const void *value);

/* What makes a field of proto3 present. */
enum json_presence {
	JSON_PRESENT_NONZERO32,
	JSON_PRESENT_NONZERO64,
	JSON_PRESENT_TEXT,         /* a string pointer to at least one byte */
	JSON_PRESENT_CASE,         /* the field's number stands in the case of its oneof */
	JSON_PRESENT_CASE_POINTER, /* and the pointer is set */
};

#define JSON_PRESENT_NONZERO_SIZE \
	(sizeof(size_t) == 8 ? JSON_PRESENT_NONZERO64 : JSON_PRESENT_NONZERO32)

struct json_type {
	json_value_fn *write;
	enum json_presence presence; /* outside a oneof and not repeated */
};

/* By ProtobufCType. */
extern const struct json_type json_types[];

/* Messages that protojson writes in a short form. Returns NULL for all others. */
json_value_fn *json_well_known_writer(const ProtobufCMessageDescriptor *type);

/* All other messages; in json_write.c. */
json_value_fn json_write_message;

#endif
