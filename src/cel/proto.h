/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_PROTO_H
#define OCELLI_CEL_PROTO_H

#include "base/arena.h"
#include "cel/value.h"

/*
 * Messages of proto3 as CEL sees them: integers of any size are int or uint,
 * enums int, wrappers what they hold or null, Timestamp and Duration types of
 * their own. What is not set has its default; a message that is not set is one
 * in which nothing is set. Any is a message like others, not opened.
 */

/* What becomes of a field. */
enum cel_shape {
	CEL_SHAPE_NONE, /* no field */
	CEL_SHAPE_SCALAR,
	CEL_SHAPE_MESSAGE,
	CEL_SHAPE_WRAPPER,
	CEL_SHAPE_TIMESTAMP,
	CEL_SHAPE_DURATION,
	CEL_SHAPE_LIST,
	CEL_SHAPE_MAP,
};

struct cel_field {
	const ProtobufCFieldDescriptor *descriptor;
	enum cel_shape shape;
};

/* The field of that name; of CEL_SHAPE_NONE when there is none. */
struct cel_field cel_field_find(const ProtobufCMessageDescriptor *message, const char *name);

/* The field's type for the checker, made in @arena. Returns NULL when out of memory. */
const struct cel_type *cel_field_type(const struct cel_field *field, struct arena *arena);

/* The type of a message, which a well-known one has of its own. */
const struct cel_type *cel_message_type(const ProtobufCMessageDescriptor *message,
					struct arena *arena);

/* The value of a field. @message is what has the field, or NULL. Returns 0; -ERANGE for a point in
 * time or a duration that CEL does not have (see calendar.h). */
int cel_field_get(const struct cel_field *field, const ProtobufCMessage *message,
		  struct cel_value *ret);

/* Whether it is set: not the default, not empty, the case of its oneof. */
bool cel_field_has(const struct cel_field *field, const ProtobufCMessage *message);

/* An element of a list, the key and the value of a map's entry; @i is below ->n. Return as
 * cel_field_get() does. */
int cel_list_get(const struct cel_value *list, uint32_t i, struct cel_value *ret);
int cel_map_key(const struct cel_value *map, uint32_t i, struct cel_value *ret);
int cel_map_value(const struct cel_value *map, uint32_t i, struct cel_value *ret);

#endif
