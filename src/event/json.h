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

/* Reading refuses what is nested deeper, objects and arrays counted. */
#define JSON_MAX_DEPTH 64

/*
 * Messages of proto3 to JSON by their descriptors, as Go's protojson writes it
 * with proto names: unset fields left out, 64-bit integers as strings, enums as
 * names (the number where there is none), bytes as base64, maps as objects
 * sorted by key, well-known types in their short forms (wrappers as the bare
 * value, Timestamp as RFC 3339 with 0, 3, 6 or 9 digits, Duration as "1.500s",
 * FieldMask as one comma-separated camelCase string, Any as an object with
 * @type and base64 value), no white space. Strings are written as valid UTF-8
 * whatever is in them. A oneof is set by its case; of a NULL pointer in it,
 * nothing is written.
 *
 * Fields come in the order of declaration, which is that of their numbers, the
 * members of a oneof where the first of them has its place. Our own come last.
 *
 * What each type of message takes is worked out once and kept for the life of
 * the program, in static memory without locks: one thread writes.
 */
struct json_writer {
	bool extensions; /* write our own fields too */

	/* When set, called before each message below the top one is walked, but not for well-known
	 * types. Returns true when it has written that message itself, from a cache say. */
	bool (*message)(struct json_writer *w, struct str *out, const ProtobufCMessage *msg);
};

/* Appends @msg to @out. Running out of memory shows in @out->failed. */
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
 * and enum names are passed over. Integers from 2^63 are read from strings only,
 * those written with a fraction or exponent up to 2^53. Of members with the same
 * name the last counts. On success *ret is a message that the caller frees with
 * protobuf_c_message_free_unpacked(msg, NULL).
 *
 * Errors name the field and carry the column, in bytes, of @text as line 1; the
 * caller who knows of what file this was a line says so with error_at(). What
 * is quoted of @text in them is as it was there.
 *
 * Returns 0; -EBADMSG for what is no JSON or does not fit the descriptor,
 * -ENOMEM.
 */
int json_read(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t len,
	      ProtobufCMessage **ret, struct error **reterr);

/* The same of what a person wrote, who is told of each field or enum name that there is not,
 * instead of passing it over. */
int json_read_strict(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t len,
		     ProtobufCMessage **ret, struct error **reterr);

#endif
