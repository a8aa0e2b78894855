// SPDX-License-Identifier: Apache-2.0
#include "policy/decode.h"

#include <math.h>

#define MISTAKES_MAX 3

/* What a field takes, alone and in a list. */
static const struct {
	const char *one, *many;
	size_t size; /* of its struct */
} types[] = {
	[FIELD_STRING] = {"a string", "strings", sizeof(struct policy_text)},
	[FIELD_BOOL] = {"true or false", "true or false", sizeof(struct policy_bool)},
	[FIELD_INT32] = {"a number", "numbers", sizeof(struct policy_int)},
	[FIELD_INT64] = {"a number", "numbers", sizeof(struct policy_int)},
	[FIELD_CHOICE] = {"a string", "strings", sizeof(struct policy_choice)},
	[FIELD_OBJECT] = {"a mapping", "mappings", 0},
};

static void decode_value(struct builder *builder, const struct field *field,
			 const struct node *node, void *target);

/* Defaults. */

static void set_text(struct policy_text *text, const struct node *node)
{
	*text = (struct policy_text){
		.mark = node->mark, .inside = node->inside, .s = node->text, .len = node->len};
}

static void init_string(const struct field *field, struct policy_text *text)
{
	*text = (struct policy_text){.s = ""};
}

static void init_choice(const struct field *field, struct policy_choice *choice)
{
	choice->v = -1;
	/* Without the quotes of JSON. */
	if (field->initial)
		choice->v = vocabulary_find(field->words, field->initial + 1,
					    strlen(field->initial) - 2);
}

static void init_object(const struct object *object, void *target)
{
	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];
		char *at = (char *)target + field->offset;

		if (field->shape != FIELD_ONE)
			continue;
		if (field->type == FIELD_STRING)
			init_string(field, (struct policy_text *)(void *)at);
		else if (field->type == FIELD_CHOICE)
			init_choice(field, (struct policy_choice *)(void *)at);
		else if (field->type == FIELD_BOOL)
			((struct policy_bool *)(void *)at)->v =
				field->initial && !strcmp(field->initial, "true");
		else if (field->type == FIELD_OBJECT)
			init_object(field->object, at);
	}
}

/* Values. */

static struct finding *refuse_kind(struct builder *builder, const struct field *field,
				   const struct node *node)
{
	bool list = field->shape == FIELD_LIST;

	return diagnose_error(builder->diags, node->mark, "\"%s\" takes %s, and this is %s",
			      field->name, list ? types[field->type].many : types[field->type].one,
			      node_kind_name(node));
}

static bool is_scalar(const struct node *node)
{
	return node->kind == NODE_SCALAR || node->kind == NODE_NULL;
}

static bool is_string(struct builder *builder, const struct field *field, const struct node *node)
{
	struct finding *finding;

	if (is_scalar(node) && node_scalar(node).type == SCALAR_STRING)
		return true;
	finding = refuse_kind(builder, field, node);
	if (node->kind == NODE_SCALAR)
		finding_remedy(finding, "quote it: " QUOTED, QUOTE(node->text, node->len));
	else if (node->kind == NODE_MAPPING)
		finding_remedy(
			finding,
			"a value with \": \" in it, or \"{\" at its begin, has to be quoted");
	return false;
}

static void decode_string(struct builder *builder, const struct field *field,
			  const struct node *node, void *target)
{
	if (is_string(builder, field, node))
		set_text(target, node);
}

static void decode_choice(struct builder *builder, const struct field *field,
			  const struct node *node, void *target)
{
	struct policy_choice *choice = target;
	struct finding *finding;

	choice->mark = node->mark;
	choice->v = -1;
	if (!is_string(builder, field, node))
		return;
	choice->v = vocabulary_find(field->words, node->text, node->len);
	if (choice->v >= 0)
		return;
	finding = diagnose_error(builder->diags, node->mark, QUOTED " is not %s",
				 QUOTE(node->text, node->len), field->words->what);
	vocabulary_remedy(field->words, node->text, node->len, finding);
}

static void decode_bool(struct builder *builder, const struct field *field, const struct node *node,
			void *target)
{
	struct scalar scalar = {.type = SCALAR_STRING};
	struct policy_bool *value = target;

	if (is_scalar(node))
		scalar = node_scalar(node);
	if (scalar.type == SCALAR_BOOL)
		*value = (struct policy_bool){node->mark, scalar.boolean};
	else
		finding_remedy(refuse_kind(builder, field, node),
			       "write true or false, without quotes");
}

/* Returns whether it is an integer; one that does not fit is the nearest that does. */
static bool read_integer(const struct scalar *scalar, int64_t *ret)
{
	if (scalar->type == SCALAR_INT) {
		if (scalar->negative)
			*ret = (int64_t)(0 - scalar->magnitude);
		else
			*ret = (int64_t)MIN(scalar->magnitude, (unsigned long long)INT64_MAX);
		return true;
	}
	if (scalar->type != SCALAR_FLOAT || !isfinite(scalar->real) ||
	    trunc(scalar->real) != scalar->real)
		return false;
	if (scalar->real >= 0x1p63)
		*ret = INT64_MAX;
	else
		*ret = scalar->real < -0x1p63 ? INT64_MIN : (int64_t)scalar->real;
	return true;
}

static bool fits(const struct field *field, const struct scalar *scalar, int64_t v)
{
	if (field->type == FIELD_INT32)
		return v >= INT32_MIN && v <= INT32_MAX;
	if (scalar->type == SCALAR_INT)
		return scalar->negative || scalar->magnitude <= INT64_MAX;
	return scalar->real < 0x1p63 && scalar->real >= -0x1p63;
}

static void decode_int(struct builder *builder, const struct field *field, const struct node *node,
		       void *target)
{
	struct scalar scalar = {.type = SCALAR_STRING};
	struct finding *finding;
	int64_t v;

	if (is_scalar(node))
		scalar = node_scalar(node);
	if (!read_integer(&scalar, &v)) {
		finding = refuse_kind(builder, field, node);
		if (node->kind == NODE_SCALAR && scalar.type == SCALAR_STRING)
			finding_remedy(finding, "write a number, without quotes");
	} else if (!fits(field, &scalar, v)) {
		diagnose_error(builder->diags, node->mark,
			       "\"%s\" takes a number of %s bits, and " QUOTED " has more",
			       field->name, field->type == FIELD_INT32 ? "32" : "64",
			       QUOTE(node->text, node->len));
	} else if (field->not_negative && v < 0) {
		diagnose_error(builder->diags, node->mark,
			       "\"%s\" takes a number from 0 on, and this is %lld", field->name,
			       (long long)v);
	} else {
		*(struct policy_int *)target = (struct policy_int){node->mark, v};
	}
}

/* Lists and maps. */

static void decode_list(struct builder *builder, const struct field *field, const struct node *node,
			void *target)
{
	size_t size = field->type == FIELD_OBJECT ? field->object->size : types[field->type].size;
	struct policy_array *array = target;
	char *items;

	if (node->kind != NODE_SEQUENCE) {
		finding_remedy(diagnose_error(builder->diags, node->mark,
					      "\"%s\" takes a list of %s, and this is %s",
					      field->name, types[field->type].many,
					      node_kind_name(node)),
			       "begin each item with \"- \"");
		return;
	}
	array->mark = node->mark;
	items = builder_alloc(builder, node->mark, node->n, size);
	if (!items)
		return;
	array->v = items;
	array->n = node->n;
	for (size_t i = 0; i < node->n; i++) {
		void *item = items + i * size;

		if (field->type == FIELD_STRING)
			init_string(field, item);
		else if (field->type == FIELD_OBJECT)
			init_object(field->object, item);
		decode_value(builder, field, node->items[i], item);
	}
}

static bool is_key(struct builder *builder, const struct node *key)
{
	enum scalar_type type = node_scalar(key).type;

	if (type == SCALAR_STRING || type == SCALAR_INT)
		return true;
	finding_remedy(diagnose_error(builder->diags, key->mark,
				      "the key is a string, and this is %s", node_kind_name(key)),
		       "quote it: " QUOTED, QUOTE(key->text, key->len));
	return false;
}

static void decode_map(struct builder *builder, const struct field *field, const struct node *node,
		       void *target)
{
	bool objects = field->type == FIELD_OBJECT;
	size_t size = objects ? field->entry_size : sizeof(struct policy_pair);
	size_t key_at = objects ? field->entry_key : offsetof(struct policy_pair, key);
	size_t value_at = objects ? field->entry_object : offsetof(struct policy_pair, value);
	struct policy_array *array = target;
	char *entry;

	if (node->kind != NODE_MAPPING) {
		diagnose_error(builder->diags, node->mark,
			       "\"%s\" takes a mapping of names to %s, and this is %s", field->name,
			       types[field->type].many, node_kind_name(node));
		return;
	}
	array->mark = node->mark;
	entry = builder_alloc(builder, node->mark, node->n, size);
	if (!entry)
		return;
	array->v = entry;
	for (size_t i = 0; i < node->n; i++) {
		const struct node_entry *from = &node->entries[i];

		if (!is_key(builder, from->key))
			continue;
		*(struct mark *)(void *)entry = from->key->mark;
		set_text((struct policy_text *)(void *)(entry + key_at), from->key);
		if (objects)
			init_object(field->object, entry + value_at);
		else
			init_string(field, (struct policy_text *)(void *)(entry + value_at));
		decode_value(builder, field, from->value, entry + value_at);
		array->n++;
		entry += size;
	}
}

static void decode_value(struct builder *builder, const struct field *field,
			 const struct node *node, void *target)
{
	switch (field->type) {
	case FIELD_STRING:
		decode_string(builder, field, node, target);
		break;
	case FIELD_BOOL:
		decode_bool(builder, field, node, target);
		break;
	case FIELD_INT32:
	case FIELD_INT64:
		decode_int(builder, field, node, target);
		break;
	case FIELD_CHOICE:
		decode_choice(builder, field, node, target);
		break;
	case FIELD_OBJECT:
		if (node->kind == NODE_MAPPING)
			decode_object(builder, field->object, node, target);
		else
			refuse_kind(builder, field, node);
		break;
	case FIELD_IGNORED:
		break;
	}
}

/* Objects. */

static const struct field *find_field(const struct object *object, const struct node *key)
{
	for (size_t i = 0; i < object->n_fields; i++)
		if (strlen(object->fields[i].name) == key->len &&
		    !memcmp(object->fields[i].name, key->text, key->len))
			return &object->fields[i];
	return NULL;
}

static void refuse_field(struct builder *builder, const struct object *object,
			 const struct node *key)
{
	struct finding *finding =
		diagnose_error(builder->diags, key->mark, "there is no field " QUOTED " in %s",
			       QUOTE(key->text, key->len), object->what);
	struct suggest suggest;
	struct str names = STR_INIT;

	if (!finding)
		return;
	suggest_init(&suggest, key->text, key->len, MISTAKES_MAX);
	for (size_t i = 0; i < object->n_fields; i++) {
		suggest_offer(&suggest, object->fields[i].name);
		if (object->fields[i].type != FIELD_IGNORED)
			str_appendf(&names, "%s%s", i ? ", " : "", object->fields[i].name);
	}
	if (!finding_suggest(finding, &suggest) && str_cstr(&names))
		finding_remedy(finding, "its fields are: %s", names.data);
	str_free(&names);
}

static void require_fields(struct builder *builder, const struct object *object,
			   const struct node *node)
{
	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];
		const struct node *value = node_get(node, field->name);

		if (!field->required || field->initial)
			continue;
		if (!value)
			diagnose_error(builder->diags, node->mark, "%s needs a field \"%s\"",
				       object->what, field->name);
		else if (value->kind == NODE_NULL)
			diagnose_error(builder->diags, value->mark, "\"%s\" has no value",
				       field->name);
	}
}

void decode_object(struct builder *builder, const struct object *object, const struct node *node,
		   void *ret)
{
	if (!builder_spend(builder, node->mark, node->n))
		return;
	init_object(object, ret);
	*(struct mark *)ret = node->mark;
	for (size_t i = 0; i < node->n; i++) {
		const struct node_entry *entry = &node->entries[i];
		const struct field *field = find_field(object, entry->key);
		char *target;

		if (!field) {
			refuse_field(builder, object, entry->key);
			continue;
		}
		target = (char *)ret + field->offset;
		/* Nothing is what was left out. */
		if (entry->value->kind == NODE_NULL)
			continue;
		if (field->shape == FIELD_LIST)
			decode_list(builder, field, entry->value, target);
		else if (field->shape == FIELD_MAP)
			decode_map(builder, field, entry->value, target);
		else
			decode_value(builder, field, entry->value, target);
	}
	require_fields(builder, object, node);
	for (size_t i = 0; i < object->n_constraints; i++) {
		const struct constraint *constraint = &object->constraints[i];

		if (!constraint->holds(ret))
			finding_remedy(
				diagnose_error(builder->diags, node->mark, "%s", constraint->what),
				"%s", constraint->remedy);
	}
}
