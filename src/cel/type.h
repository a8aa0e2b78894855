/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_TYPE_H
#define OCELLI_CEL_TYPE_H

#include "base/str.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/*
 * What a value can be, and above that what only the type checker knows. Lists
 * are lists to a value; to the checker they are lists of something.
 */
enum cel_kind {
	CEL_NONE, /* no value: a variable that was not bound */
	CEL_NULL,
	CEL_BOOL,
	CEL_INT,
	CEL_UINT,
	CEL_DOUBLE,
	CEL_STRING,
	CEL_BYTES,
	CEL_TIMESTAMP,
	CEL_DURATION,
	CEL_LIST,
	CEL_MAP,
	CEL_MESSAGE,
	CEL_TYPE,
	CEL_IP,
	CEL_CIDR,
	_CEL_KIND_VALUES,

	CEL_DYN = _CEL_KIND_VALUES, /* known only when it is evaluated */
	CEL_NULLABLE,               /* a protobuf wrapper: a value or null */
	CEL_VARIABLE,               /* stands for a type that is to be found */
	_CEL_KIND_MAX,
};

struct cel_type {
	enum cel_kind kind;
	/* A list's element; a map's key and value; what is nullable; what a variable stands for, or
	 * NULL as long as that is open. */
	const struct cel_type *arg[2];
	const ProtobufCMessageDescriptor *message; /* of a CEL_MESSAGE */
};

/* The types that have no parts, by their kind. */
extern const struct cel_type cel_simple_types[_CEL_KIND_MAX];

#define CEL_SIMPLE(kind) (&cel_simple_types[kind])

/* A value's kind as CEL names its type: "int", "list", "google.protobuf.Timestamp". */
const char *cel_kind_name(enum cel_kind kind);

/* What a type stands for, when it is a variable whose meaning is known; else itself. */
const struct cel_type *cel_type_resolve(const struct cel_type *type);

/* Appends the type for people: "map(string, int)", "nullable uint". */
void cel_type_append(struct str *out, const struct cel_type *type);

#endif
