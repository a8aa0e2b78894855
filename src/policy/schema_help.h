/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_SCHEMA_HELP_H
#define OCELLI_POLICY_SCHEMA_HELP_H

#include "policy/schema.h"

/* What the fields of the schema are for, for people. */
struct field_help {
	const char *of;      /* the object, as its ->what; NULL: any */
	const char *name;    /* of the field */
	const char *says;    /* a sentence or two, without a line end */
	const char *example; /* of it, in YAML that is indented as in a policy; or NULL */
};

/* NULL: there is none. */
const struct field_help *field_help(const struct object *object, const char *name);

/* A whole policy. */
extern const char policy_example[];

#endif
