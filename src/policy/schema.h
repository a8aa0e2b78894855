/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_SCHEMA_H
#define OCELLI_POLICY_SCHEMA_H

#include "policy/model.h"
#include "policy/vocabulary.h"

/*
 * What may stand in a policy, as data: the decoder goes by it, and so do tests
 * and whatever else has to know. It is the schema that clusters have, with the
 * places in the model where the values go.
 */

enum field_type {
	FIELD_STRING,
	FIELD_BOOL,
	FIELD_INT32,
	FIELD_INT64,
	FIELD_CHOICE,
	FIELD_OBJECT,
	FIELD_IGNORED, /* anything, and nothing is made of it */
};

enum field_shape {
	FIELD_ONE,
	FIELD_LIST,
	FIELD_MAP, /* by keys of one's choice */
};

struct field {
	const char *name;
	enum field_type type;
	enum field_shape shape;
	size_t offset; /* in the struct of its object */
	bool required;
	bool not_negative;
	bool own;            /* beyond the schema that clusters have */
	bool atomic;         /* merged as a whole where objects are merged */
	unsigned items_max;  /* what clusters allow; here there can be more. 0: no limit */
	const char *initial; /* JSON, or NULL */
	const struct vocabulary *words; /* of a choice */
	const struct object *object;
	/* Of a map of objects: what an entry is, and where in it the object. */
	size_t entry_size, entry_key, entry_object;
};

/* What must be true of an object besides. */
struct constraint {
	const char *cel; /* as the schema has it; "self" is the object */
	bool (*holds)(const void *object);
	const char *what; /* is wrong when it does not */
	const char *remedy;
};

struct object {
	const char *what; /* "a kprobe" */
	size_t size;      /* of its struct, which begins with a mark */
	const struct field *fields;
	size_t n_fields;
	bool atomic;
	const struct constraint *constraints;
	size_t n_constraints;
};

extern const struct object policy_objects[POLICY_KINDS];
extern const struct object selector_object;

/* Of the names of the kinds. */
extern const char *const policy_kind_names[POLICY_KINDS];
#define POLICY_API_VERSION "cilium.io/v1alpha1"

/* For the tables. */

#define MEMBER_OF(owner, member, type)                                                         \
	(offsetof(struct owner, member) +                                                      \
	 0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((struct owner *)0)->member), \
						      struct type)                             \
				 ? 1                                                           \
				 : -1]))

#define STRING_FIELD(text, owner, member, ...)            \
	{.name = (text),                                  \
	 .type = FIELD_STRING,                            \
	 .offset = MEMBER_OF(owner, member, policy_text), \
	 __VA_ARGS__}
#define STRINGS_FIELD(text, owner, member, ...)            \
	{.name = (text),                                   \
	 .type = FIELD_STRING,                             \
	 .shape = FIELD_LIST,                              \
	 .offset = MEMBER_OF(owner, member, policy_texts), \
	 __VA_ARGS__}
#define PAIRS_FIELD(text, owner, member, ...)              \
	{.name = (text),                                   \
	 .type = FIELD_STRING,                             \
	 .shape = FIELD_MAP,                               \
	 .offset = MEMBER_OF(owner, member, policy_pairs), \
	 __VA_ARGS__}
#define BOOL_FIELD(text, owner, member, ...)              \
	{.name = (text),                                  \
	 .type = FIELD_BOOL,                              \
	 .offset = MEMBER_OF(owner, member, policy_bool), \
	 __VA_ARGS__}
#define INT_FIELD(text, bits, owner, member, ...)        \
	{.name = (text),                                 \
	 .type = FIELD_INT##bits,                        \
	 .offset = MEMBER_OF(owner, member, policy_int), \
	 __VA_ARGS__}
#define INTS_FIELD(text, bits, owner, member, ...)        \
	{.name = (text),                                  \
	 .type = FIELD_INT##bits,                         \
	 .shape = FIELD_LIST,                             \
	 .offset = MEMBER_OF(owner, member, policy_ints), \
	 __VA_ARGS__}
#define CHOICE_FIELD(text, vocabulary, owner, member, ...)  \
	{.name = (text),                                    \
	 .type = FIELD_CHOICE,                              \
	 .words = &(vocabulary),                            \
	 .offset = MEMBER_OF(owner, member, policy_choice), \
	 __VA_ARGS__}
#define OBJECT_FIELD(text, kind, owner, member, of_type, ...) \
	{.name = (text),                                      \
	 .type = FIELD_OBJECT,                                \
	 .object = &(kind),                                   \
	 .offset = MEMBER_OF(owner, member, of_type),         \
	 __VA_ARGS__}
#define LIST_FIELD(text, kind, owner, member, of_type, ...) \
	{.name = (text),                                    \
	 .type = FIELD_OBJECT,                              \
	 .shape = FIELD_LIST,                               \
	 .object = &(kind),                                 \
	 .offset = MEMBER_OF(owner, member, of_type),       \
	 __VA_ARGS__}
#define IGNORED_FIELD(text) {.name = (text), .type = FIELD_IGNORED}

#define FIELDS_OF(table) .fields = (table), .n_fields = ARRAY_SIZE(table)
#define CONSTRAINTS_OF(table) .constraints = (table), .n_constraints = ARRAY_SIZE(table)

#endif
