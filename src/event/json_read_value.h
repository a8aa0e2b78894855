/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_JSON_READ_VALUE_H
#define OCELLI_EVENT_JSON_READ_VALUE_H

#include "event/json.h"
#include "event/json_locate.h"

#include <jansson.h>

struct json_reader {
	const char *text;
	size_t len;
	bool strict; /* nothing is passed over */
	struct error **reterr;
};

/* Returned for what is passed over: names of enum values that are not known. */
#define JSON_PASSED_OVER 1

/* Reads @json, which is at @place, to @to: a member of a message struct or an element of a repeated
 * one. @type is the descriptor of the enum or message. Returns 0, JSON_PASSED_OVER or negative
 * errno; *to is set in the first case only. */
typedef int json_read_fn(struct json_reader *r, const struct json_place *place, const void *type,
			 const json_t *json, void *to);

/* By ProtobufCType. */
extern json_read_fn *const json_value_readers[];

/* Fills @msg, of one of the types that have a short form. */
typedef int json_read_well_known_fn(struct json_reader *r, const struct json_place *place,
				    const json_t *json, ProtobufCMessage *msg);

/* Returns NULL for all other types. */
json_read_well_known_fn *json_well_known_reader(const ProtobufCMessageDescriptor *type);

/* Any message; in json_read.c. */
json_read_fn json_read_message;

/* Sets the error that the value at @place is not @expected. Returns -EBADMSG. */
int json_misfit(struct json_reader *r, const struct json_place *place, const char *expected);

/* The same in other words. */
int json_refuse(struct json_reader *r, const struct json_place *place, const char *fmt, ...)
	_printf_(3, 4);

#endif
