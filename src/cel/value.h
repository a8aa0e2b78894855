/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_VALUE_H
#define OCELLI_CEL_VALUE_H

#include "cel/type.h"

#include <stdint.h>

struct cel_entry;

/*
 * A value, passed by copy. Text, lists, maps and messages are borrowed: from
 * the expression, from the messages it is evaluated on, or from the memory of
 * that evaluation.
 */
struct cel_value {
	enum cel_kind kind;
	/* How many elements or entries; an IP's family, 4 or 6; a CIDR's family << 8 | prefix. */
	uint32_t n;
	union {
		bool boolean;
		int64_t integer;
		uint64_t uinteger;
		double number;
		int64_t duration; /* nanoseconds */
		struct {
			const char *data;
			size_t len;
		} text; /* a string, bytes, or the name of a type */
		struct {
			int64_t seconds;
			int32_t nanos; /* 0 to 999999999 */
		} timestamp;
		struct {
			/* Elements of a repeated field, or, when @field is NULL, values. */
			const void *items;
			const ProtobufCFieldDescriptor *field;
		} list;
		struct {
			/* Entries of a map field, or, when @field is NULL, cel_entries. */
			const void *entries;
			const ProtobufCFieldDescriptor *field;
		} map;
		struct {
			const ProtobufCMessageDescriptor *type;
			const ProtobufCMessage *fields; /* NULL: none is set */
		} message;
		unsigned char address[16]; /* as on the wire; IPv4 takes the first four */
	};
};

struct cel_entry {
	struct cel_value key, value;
};

static inline struct cel_value cel_null(void)
{
	return (struct cel_value){.kind = CEL_NULL};
}

static inline struct cel_value cel_bool(bool v)
{
	return (struct cel_value){.kind = CEL_BOOL, .boolean = v};
}

static inline struct cel_value cel_int(int64_t v)
{
	return (struct cel_value){.kind = CEL_INT, .integer = v};
}

static inline struct cel_value cel_uint(uint64_t v)
{
	return (struct cel_value){.kind = CEL_UINT, .uinteger = v};
}

static inline struct cel_value cel_double(double v)
{
	return (struct cel_value){.kind = CEL_DOUBLE, .number = v};
}

static inline struct cel_value cel_string(const char *data, size_t len)
{
	return (struct cel_value){.kind = CEL_STRING, .text = {data, len}};
}

static inline struct cel_value cel_bytes(const void *data, size_t len)
{
	return (struct cel_value){.kind = CEL_BYTES, .text = {data, len}};
}

static inline struct cel_value cel_timestamp(int64_t seconds, int32_t nanos)
{
	return (struct cel_value){.kind = CEL_TIMESTAMP, .timestamp = {seconds, nanos}};
}

static inline struct cel_value cel_duration(int64_t nanoseconds)
{
	return (struct cel_value){.kind = CEL_DURATION, .duration = nanoseconds};
}

static inline struct cel_value cel_list(const struct cel_value *items, uint32_t n)
{
	return (struct cel_value){.kind = CEL_LIST, .n = n, .list = {.items = items}};
}

static inline struct cel_value cel_map(const struct cel_entry *entries, uint32_t n)
{
	return (struct cel_value){.kind = CEL_MAP, .n = n, .map = {.entries = entries}};
}

/* @fields may be NULL: a message of that type with nothing set. */
static inline struct cel_value cel_message(const ProtobufCMessageDescriptor *type,
					   const ProtobufCMessage *fields)
{
	return (struct cel_value){.kind = CEL_MESSAGE, .message = {type, fields}};
}

/* Appends the value for people, strings quoted, long ones cut. */
void cel_value_append(struct str *out, const struct cel_value *value);

#endif
