/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_JSON_H
#define OCELLI_EVENT_JSON_H

#include "base/error.h"
#include "base/str.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/* Fields numbered from here are ours, not of the schema that others know. */
#define JSON_FIRST_EXTENSION 50000

/*
 * Messages to JSON by their descriptors, as Go's protojson writes it with proto
 * names: unset fields left out, 64-bit integers as strings, enums as names (the
 * number where there is none), bytes as base64, maps as objects sorted by key,
 * well-known types in their short forms (wrappers as the bare value, Timestamp
 * as RFC 3339 with 0, 3, 6 or 9 digits, Duration as "1.5s", FieldMask as one
 * comma-separated camelCase string, Any as an object with @type and base64
 * value), no white space. Strings are written as valid UTF-8 whatever is in
 * them.
 *
 * Field order is that of the field numbers, members of oneofs before the rest,
 * which for the event messages is the order of declaration.
 */
struct json_writer {
	bool extensions; /* write our own fields too */

	/* When set, called before each message below the top one is walked. Returns true when it
	 * has written that message itself, from a cache say. */
	bool (*message)(struct json_writer *w, struct str *out, const ProtobufCMessage *msg);
};

/* Appends @msg to @out. */
void json_write(struct json_writer *w, struct str *out, const ProtobufCMessage *msg);

/* Appends only the fields numbered @first..@last, each as "name":value, with commas between them
 * but no braces round them. Returns the number of fields written. */
size_t json_write_fields(struct json_writer *w, struct str *out, const ProtobufCMessage *msg,
			 unsigned first, unsigned last);

/* Appends @s (@len bytes) as a quoted JSON string. */
void json_write_string(struct str *out, const char *s, size_t len);

/*
 * JSON to a message, as protojson reads it: proto or camelCase names, numbers
 * or strings for integers, enum names or numbers, null as unset; unknown fields
 * and enum names are passed over. On success *ret is a message that the caller
 * frees with protobuf_c_message_free_unpacked(msg, NULL). Errors carry the
 * column in @text (line 1).
 *
 * Returns 0; -EBADMSG for what is no JSON or does not fit the descriptor,
 * -ENOMEM.
 */
int json_read(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t len,
	      ProtobufCMessage **ret, struct error **reterr);

#endif
