/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_NAMES_H
#define OCELLI_CEL_NAMES_H

#include "base/arena.h"
#include "base/suggest.h"
#include "cel/env.h"
#include "cel/value.h"

/* What names stand for in an environment. All zero but ->env and ->arena; the types and enums are
 * collected when first needed, for most expressions name none. */
struct cel_names {
	const struct cel_env *env;
	struct arena *arena;
	const ProtobufCMessageDescriptor **messages;
	unsigned n_messages;
	const ProtobufCEnumDescriptor **enums;
	unsigned n_enums;
	bool collected;
};

enum cel_named {
	CEL_NAMED_NOTHING,
	CEL_NAMED_VARIABLE,
	CEL_NAMED_CONSTANT,  /* a type, or an enum's value, which is an int */
	CEL_NAMED_BAD_VALUE, /* of an enum that has no such value */
};

struct cel_meaning {
	enum cel_named what;
	unsigned variable;
	struct cel_value constant;
	const ProtobufCEnumDescriptor *type; /* the enum of a bad value */
};

/* Looks up a name, dots in it included; first in the container, unless it is @absolute. Returns 0
 * or -ENOMEM. */
int cel_names_find(struct cel_names *names, const char *name, bool absolute,
		   struct cel_meaning *ret);

/* Offers what could stand where a simple name does not. */
void cel_names_suggest(struct cel_names *names, struct suggest *suggest);

#endif
