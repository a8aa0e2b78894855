// SPDX-License-Identifier: Apache-2.0
#include "cel/names.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

/* Kinds whose names are values: type(x) == int. */
static const enum cel_kind type_names[] = {
	CEL_NULL,      CEL_BOOL,     CEL_INT,  CEL_UINT, CEL_DOUBLE, CEL_STRING, CEL_BYTES,
	CEL_TIMESTAMP, CEL_DURATION, CEL_LIST, CEL_MAP,  CEL_TYPE,   CEL_IP,     CEL_CIDR,
};

static void add_message(struct cel_names *names, const ProtobufCMessageDescriptor *message)
{
	for (unsigned i = 0; i < names->n_messages; i++)
		if (names->messages[i] == message)
			return;
	names->messages[names->n_messages++] = message;
}

static void add_enum(struct cel_names *names, const ProtobufCEnumDescriptor *type)
{
	for (unsigned i = 0; i < names->n_enums; i++)
		if (names->enums[i] == type)
			return;
	names->enums[names->n_enums++] = type;
}

/* Makes room for all that the fields of @message can add. */
static int reserve(struct cel_names *names, unsigned *cap, unsigned fields)
{
	unsigned need = MAX(names->n_messages, names->n_enums) + fields, more = MAX(2 * need, 64U);
	const ProtobufCMessageDescriptor **messages;
	const ProtobufCEnumDescriptor **enums;

	if (need <= *cap)
		return 0;
	messages = arena_alloc(names->arena, more * sizeof(*messages));
	enums = arena_alloc(names->arena, more * sizeof(*enums));
	if (!messages || !enums)
		return -ENOMEM;
	for (unsigned i = 0; i < names->n_messages; i++)
		messages[i] = names->messages[i];
	for (unsigned i = 0; i < names->n_enums; i++)
		enums[i] = names->enums[i];
	names->messages = messages;
	names->enums = enums;
	*cap = more;
	return 0;
}

static void add_fields(struct cel_names *names, const ProtobufCMessageDescriptor *message)
{
	for (unsigned i = 0; i < message->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->fields[i];

		if (field->type == PROTOBUF_C_TYPE_MESSAGE)
			add_message(names, field->descriptor);
		else if (field->type == PROTOBUF_C_TYPE_ENUM)
			add_enum(names, field->descriptor);
	}
}

/* The list of messages is its own list of what remains to be walked. */
static int collect(struct cel_names *names)
{
	const struct cel_env *env = names->env;
	unsigned cap = 0;
	int r;

	if (names->collected)
		return 0;
	r = reserve(names, &cap, env->n_variables + env->n_enums);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < env->n_variables; i++)
		if (env->variables[i].type.kind == CEL_MESSAGE)
			add_message(names, env->variables[i].type.message);
	for (unsigned i = 0; i < env->n_enums; i++)
		add_enum(names, env->enums[i]);
	for (unsigned i = 0; i < names->n_messages; i++) {
		r = reserve(names, &cap, names->messages[i]->n_fields);
		if (r < 0)
			return r;
		add_fields(names, names->messages[i]);
	}
	names->collected = true;
	return 0;
}

static bool find_variable(const struct cel_env *env, const char *name, struct cel_meaning *ret)
{
	for (unsigned i = 0; i < env->n_variables; i++) {
		if (strcmp(env->variables[i].name, name))
			continue;
		*ret = (struct cel_meaning){.what = CEL_NAMED_VARIABLE, .variable = i};
		return true;
	}
	return false;
}

static struct cel_meaning constant(struct cel_value value)
{
	return (struct cel_meaning){.what = CEL_NAMED_CONSTANT, .constant = value};
}

static struct cel_meaning type_constant(const char *name)
{
	return constant((struct cel_value){.kind = CEL_TYPE, .text = {name, strlen(name)}});
}

static bool find_type(const struct cel_names *names, const char *name, struct cel_meaning *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++) {
		if (strcmp(cel_kind_name(type_names[i]), name))
			continue;
		*ret = type_constant(cel_kind_name(type_names[i]));
		return true;
	}
	for (unsigned i = 0; i < names->n_messages; i++) {
		if (strcmp(names->messages[i]->name, name))
			continue;
		*ret = type_constant(names->messages[i]->name);
		return true;
	}
	return false;
}

static bool find_enum_value(const struct cel_names *names, const char *name,
			    struct cel_meaning *ret)
{
	const char *dot = strrchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : 0;

	for (unsigned i = 0; i < names->n_enums && dot; i++) {
		const ProtobufCEnumDescriptor *type = names->enums[i];
		const ProtobufCEnumValue *value;

		if (strlen(type->name) != len || memcmp(type->name, name, len))
			continue;
		value = protobuf_c_enum_descriptor_get_value_by_name(type, dot + 1);
		if (value)
			*ret = constant(cel_int(value->value));
		else
			*ret = (struct cel_meaning){.what = CEL_NAMED_BAD_VALUE, .type = type};
		return true;
	}
	return false;
}

static bool find(const struct cel_names *names, const char *name, struct cel_meaning *ret)
{
	return find_type(names, name, ret) || find_enum_value(names, name, ret);
}

int cel_names_find(struct cel_names *names, const char *name, bool absolute,
		   struct cel_meaning *ret)
{
	_cleanup_str_ struct str within = STR_INIT;
	struct cel_meaning meaning = {.what = CEL_NAMED_NOTHING};
	int r;

	if (find_variable(names->env, name, ret))
		return 0;
	r = collect(names);
	if (r < 0)
		return r;
	if (names->env->container && !absolute) {
		str_appendf(&within, "%s.%s", names->env->container, name);
		if (!str_cstr(&within))
			return -ENOMEM;
		if (find(names, within.data, ret))
			return 0;
	}
	find(names, name, &meaning);
	*ret = meaning;
	return 0;
}

void cel_names_suggest(struct cel_names *names, struct suggest *suggest)
{
	for (unsigned i = 0; i < names->env->n_variables; i++)
		suggest_offer(suggest, names->env->variables[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++)
		suggest_offer(suggest, cel_kind_name(type_names[i]));
	if (collect(names) < 0)
		return;
	for (unsigned i = 0; i < names->n_enums; i++)
		suggest_offer(suggest, names->enums[i]->short_name);
}
