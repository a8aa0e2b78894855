// SPDX-License-Identifier: Apache-2.0
/* The schema as OpenAPI v3 has it in a CustomResourceDefinition. */
#include "cli/json_members.h"
#include "cli/schema_place.h"
#include "event/json.h"
#include "policy/yaml_reader.h"

#include <errno.h>

static void put_object(struct str *out, const struct object *object);

static void put_words(struct str *out, const struct vocabulary *words)
{
	const char *name;

	json_put_begin(out, "enum", '[');
	for (size_t i = 0; (name = words->name(i)); i++)
		json_put_string(out, NULL, name);
	json_put_end(out, ']');
}

/* Of one value, whatever its shape. */
static void put_value(struct str *out, const struct field *field)
{
	static const char *const types[] = {
		[FIELD_STRING] = "string",  [FIELD_BOOL] = "boolean",  [FIELD_INT32] = "integer",
		[FIELD_INT64] = "integer",  [FIELD_CHOICE] = "string", [FIELD_OBJECT] = "object",
		[FIELD_IGNORED] = "object",
	};

	json_put_string(out, "type", types[field->type]);
	if (field->type == FIELD_INT32 || field->type == FIELD_INT64)
		json_put_string(out, "format", field->type == FIELD_INT32 ? "int32" : "int64");
	if (field->not_negative)
		json_put_number(out, "minimum", 0);
	if (field->words)
		put_words(out, field->words);
	if (field->object)
		put_object(out, field->object);
}

static void put_list(struct str *out, const struct field *field)
{
	json_put_string(out, "type", "array");
	if (field->items_max)
		json_put_number(out, "maxItems", field->items_max);
	if (field->atomic)
		json_put_string(out, "x-kubernetes-list-type", "atomic");
	json_put_begin(out, "items", '{');
	put_value(out, field);
	json_put_end(out, '}');
}

static void put_map(struct str *out, const struct field *field)
{
	json_put_string(out, "type", "object");
	json_put_begin(out, "additionalProperties", '{');
	put_value(out, field);
	json_put_end(out, '}');
}

static void put_field(struct str *out, const struct object *owner, const struct field *field,
		      bool is_entry)
{
	const struct field_help *help = field_help(owner, field->name);

	if (help)
		json_put_string(out, "description", help->says);
	if (field->own)
		json_put_bool(out, "x-ocelli-extension", true);
	if (field->initial) {
		json_put_name(out, "default");
		str_append_z(out, field->initial);
	}
	if (field->shape == FIELD_LIST)
		put_list(out, field);
	else if (field->shape == FIELD_MAP && !is_entry)
		put_map(out, field);
	else
		put_value(out, field);
}

static void put_required(struct str *out, const struct object *object)
{
	size_t n = 0;

	for (size_t i = 0; i < object->n_fields; i++)
		n += object->fields[i].required;
	if (!n)
		return;
	json_put_begin(out, "required", '[');
	for (size_t i = 0; i < object->n_fields; i++)
		if (object->fields[i].required)
			json_put_string(out, NULL, object->fields[i].name);
	json_put_end(out, ']');
}

static void put_constraints(struct str *out, const struct object *object)
{
	if (!object->n_constraints)
		return;
	json_put_begin(out, "x-kubernetes-validations", '[');
	for (size_t i = 0; i < object->n_constraints; i++) {
		json_put_begin(out, NULL, '{');
		json_put_string(out, "rule", object->constraints[i].cel);
		json_put_string(out, "message", object->constraints[i].what);
		json_put_end(out, '}');
	}
	json_put_end(out, ']');
}

static void put_object(struct str *out, const struct object *object)
{
	json_put_begin(out, "properties", '{');
	for (size_t i = 0; i < object->n_fields; i++) {
		if (!schema_shows(&object->fields[i]))
			continue;
		json_put_begin(out, object->fields[i].name, '{');
		put_field(out, object, &object->fields[i], false);
		json_put_end(out, '}');
	}
	json_put_end(out, '}');
	put_required(out, object);
	if (object->atomic)
		json_put_string(out, "x-kubernetes-map-type", "atomic");
	put_constraints(out, object);
}

void schema_print_json(const struct schema_place *place, struct str *out)
{
	json_put_begin(out, NULL, '{');
	if (place->field) {
		put_field(out, place->owner, place->field, place->is_entry);
	} else {
		json_put_string(out, "description", place->resource->says);
		json_put_string(out, "type", "object");
		put_object(out, place->object);
	}
	json_put_end(out, '}');
	str_append_char(out, '\n');
}

/* --- YAML */

static void put_node(struct str *out, const struct node *node, int indent);

static bool is_plain(const struct node *node)
{
	struct scalar scalar = node_scalar(&(struct node){
		.kind = NODE_SCALAR, .style = NODE_PLAIN, .text = node->text, .len = node->len});

	return node->style == NODE_PLAIN ||
	       (scalar.type == SCALAR_STRING && node->len &&
		strspn(node->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_-./") == node->len &&
		node->text[0] != '-');
}

static void put_scalar(struct str *out, const struct node *node)
{
	if (is_plain(node))
		str_append(out, node->text, node->len);
	else
		json_write_string(out, node->text, node->len);
}

static void put_child(struct str *out, const struct node *node, int indent)
{
	bool has_lines = (node->kind == NODE_MAPPING || node->kind == NODE_SEQUENCE) && node->n;

	str_append_char(out, has_lines ? '\n' : ' ');
	put_node(out, node, indent);
}

static void put_entries(struct str *out, const struct node *node, int indent)
{
	for (size_t i = 0; i < node->n; i++) {
		str_appendf(out, "%*s%s:", indent, "", node->entries[i].key->text);
		put_child(out, node->entries[i].value,
			  indent + 2 * (node->entries[i].value->kind == NODE_MAPPING));
	}
}

/* Those that we write are words, or mappings. */
static void put_items(struct str *out, const struct node *node, int indent)
{
	for (size_t i = 0; i < node->n; i++) {
		size_t from = out->len;

		if (node->items[i]->kind == NODE_MAPPING) {
			put_node(out, node->items[i], indent + 2);
			if (!out->failed)
				out->data[from + (size_t)indent] = '-';
			continue;
		}
		str_appendf(out, "%*s- ", indent, "");
		put_node(out, node->items[i], indent);
	}
}

static void put_node(struct str *out, const struct node *node, int indent)
{
	if (node->kind == NODE_MAPPING && node->n) {
		put_entries(out, node, indent);
	} else if (node->kind == NODE_SEQUENCE && node->n) {
		put_items(out, node, indent);
	} else {
		if (node->kind == NODE_MAPPING || node->kind == NODE_SEQUENCE)
			str_append_z(out, node->kind == NODE_MAPPING ? "{}" : "[]");
		else
			put_scalar(out, node);
		str_append_char(out, '\n');
	}
}

int schema_print_yaml(const struct schema_place *place, struct str *out)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_yaml_reader_ struct yaml_reader reader;
	_cleanup_str_ struct str json = STR_INIT;
	struct arena arena = ARENA_INIT;
	const struct node *root = NULL;
	int r;

	schema_print_json(place, &json);
	yaml_reader_init(&reader, &diags, json.data, json.len);
	r = json.failed ? -ENOMEM : yaml_read(&reader, &arena, &root);
	if (r > 0)
		put_node(out, root, 0);
	arena_done(&arena);
	return r > 0 ? 0 : -ENOMEM;
}
