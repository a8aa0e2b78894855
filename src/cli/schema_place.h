/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_SCHEMA_PLACE_H
#define OCELLI_CLI_SCHEMA_PLACE_H

#include "base/error.h"
#include "base/str.h"
#include "policy/schema_help.h"

/* What clusters know as objects of ours. */
struct schema_resource {
	const char *kind, *plural, *short_name;
	const char *says;
	const struct object *object;
	const char *example; /* of a whole one, or NULL */
};

/* Ended by one without a kind. */
extern const struct schema_resource schema_resources[];
#define SCHEMA_VERSION "v1alpha1"

/* A place in the schema. */
struct schema_place {
	const struct schema_resource *resource;
	const struct object *object; /* whose fields there are; NULL: none */
	const struct field *field;   /* that was led to; NULL: the whole object */
	const struct object *owner;  /* of the field */
	bool is_entry;               /* of a map: what is behind a key */
	const char *example;         /* of it, or of what it is in; or NULL */
};

/*
 * Finds the place of "tracingpolicy.spec.kprobes", "tgtp[spec].kprobes[0]" …
 * Returns 0, or -ENOENT or -EINVAL with what there is instead.
 */
int schema_place_find(const char *path, struct schema_place *ret, struct error **reterr);

/* "[]object", "map[string]string" */
void schema_append_type(const struct field *field, bool is_entry, struct str *out);

/* Print it, for people; and as a schema of OpenAPI, as JSON and as YAML. */
void schema_print_text(const struct schema_place *place, bool recursive, bool example,
		       struct str *out);
void schema_print_json(const struct schema_place *place, struct str *out);
int schema_print_yaml(const struct schema_place *place, struct str *out);

/* Whether people are told of the field: what clusters add of their own is of no use here. */
static inline bool schema_shows(const struct field *field)
{
	return field->type != FIELD_IGNORED;
}

#endif
