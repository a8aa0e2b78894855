/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_JSON_PLAN_H
#define OCELLI_EVENT_JSON_PLAN_H

#include "event/json_shape.h"
#include "event/json_write_value.h"

/*
 * What it takes to write a type of message, worked out from its descriptor the
 * first time one is written, so that each event costs a walk over an array.
 */
struct json_op {
	char *label; /* ,"name": */
	uint32_t label_len;
	uint32_t number; /* of the field */
	enum json_shape shape;
	enum json_presence presence;
	uint32_t presence_offset; /* of what @presence looks at; of a list, its length */
	uint32_t offset;
	uint32_t size;        /* of an element */
	json_value_fn *write; /* a value: the field's, an element's, or that of a map's entry */
	const void *type;     /* of that value, when an enum or a message */
	const ProtobufCMessageDescriptor *entry; /* of a map */
};

struct json_plan {
	const ProtobufCMessageDescriptor *type;
	struct json_plan *next; /* in the bucket */
	size_t n_schema;        /* the first ops are not extensions */
	size_t n;
	struct json_op ops[]; /* in the order of output */
};

/* The plan for a type, which lives as long as the program. NULL when out of memory. */
const struct json_plan *json_plan_get(const ProtobufCMessageDescriptor *type);

#endif
