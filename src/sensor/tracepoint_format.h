/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_TRACEPOINT_FORMAT_H
#define OCELLI_SENSOR_TRACEPOINT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where something is in the record of a tracepoint, as tracefs describes it. */
enum field_kind {
	FIELD_NUMBER,   /* 1, 2, 4 or 8 bytes; pointers, too */
	FIELD_ARRAY,    /* in the record itself */
	FIELD_DATA_LOC, /* further behind in it: where, are the lower 16 bits of what is here */
};

struct tracepoint_field {
	char name[48];
	enum field_kind kind;
	uint16_t offset; /* bytes */
	uint16_t size;
	bool is_signed; /* of a number */
	bool is_text;   /* it is, or points to, characters */
};

/* Those that all events have come first. No event has so many. */
#define TRACEPOINT_FIELDS_MAX 64

struct tracepoint_format {
	struct tracepoint_field v[TRACEPOINT_FIELDS_MAX];
	size_t n;
};

/* Takes the text of a "format" file. A line that describes no field is passed over; one that is not
 * understood is -EINVAL, more than there is room for -E2BIG. */
int tracepoint_format_parse(const char *text, struct tracepoint_format *ret);

/* @event: "SUBSYSTEM/EVENT". Returns 0, -ENOENT when there is none, or another negative errno. */
int tracepoint_format_read(const char *event, struct tracepoint_format *ret);

#endif
