// SPDX-License-Identifier: Apache-2.0
#include "cli/schema_place.h"

#define INDENT 5
#define WIDTH 90

static void append_indent(struct str *out, size_t n)
{
	str_appendf(out, "%*s", (int)n, "");
}

/* Words, in lines. */
static void append_text(struct str *out, size_t indent, const char *text)
{
	size_t column = 0;

	for (size_t len; *text; text += len) {
		text += *text == ' ';
		len = strcspn(text, " ");
		if (column && indent + column + 1 + len > WIDTH) {
			str_append_char(out, '\n');
			column = 0;
		}
		if (column)
			str_append_char(out, ' ');
		else
			append_indent(out, indent);
		str_append(out, text, len);
		column += len + 1;
	}
	str_append_char(out, '\n');
}

static void append_words(struct str *out, size_t indent, const struct vocabulary *words)
{
	_cleanup_str_ struct str text = STR_INIT;
	const char *name;

	for (size_t i = 0; (name = words->name(i)); i++)
		str_appendf(&text, "%s%s", i ? ", " : "", name);
	if (str_cstr(&text))
		append_text(out, indent, text.data);
}

static void append_title(struct str *out, const struct field *field, size_t indent)
{
	append_indent(out, indent);
	str_appendf(out, "%s\t<", field->name);
	schema_append_type(field, false, out);
	str_appendf(out, ">%s%s\n", field->required ? " -required-" : "",
		    field->own ? " -ocelli-" : "");
}

static void append_fields(struct str *out, const struct object *object, bool recursive,
			  size_t depth)
{
	for (size_t i = 0; object && i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];
		const struct field_help *help = field_help(object, field->name);

		if (!schema_shows(field))
			continue;
		append_title(out, field, 3 + 2 * depth);
		if (help)
			append_text(out, INDENT + 2 * depth, help->says);
		if (recursive)
			append_fields(out, field->object, true, depth + 1);
		if (!recursive || !depth)
			str_append_char(out, '\n');
	}
}

static void append_limits(struct str *out, const struct schema_place *place)
{
	const struct field *field = place->field;
	const struct object *object = place->object;

	if (field && field->own)
		str_append_lit(out, "OCELLI:   beyond Tetragon's schema, which refuses it\n\n");
	if (field && field->initial)
		str_appendf(out, "DEFAULT:  %s\n\n", field->initial);
	if (field && field->not_negative)
		str_append_lit(out, "MINIMUM:  0\n\n");
	if (field && field->items_max)
		str_appendf(out, "ITEMS:    at most %u in a cluster; here there can be more\n\n",
			    field->items_max);
	if (field && field->words) {
		str_append_lit(out, "ENUM:\n");
		append_words(out, INDENT, field->words);
		str_append_char(out, '\n');
	}
	for (size_t i = 0; object && i < object->n_constraints; i++) {
		const struct constraint *c = &object->constraints[i];

		str_append_lit(out, "REFUSED:\n");
		append_text(out, INDENT, c->what);
		append_text(out, INDENT + 2, c->remedy);
		str_append_char(out, '\n');
	}
}

static void append_example(struct str *out, const char *example)
{
	str_append_lit(out, "EXAMPLE:\n");
	for (size_t len; *example; example += len + 1) {
		len = strcspn(example, "\n");
		str_appendf(out, "     %.*s\n", (int)len, example);
	}
	str_append_char(out, '\n');
}

void schema_print_text(const struct schema_place *place, bool recursive, bool example,
		       struct str *out)
{
	const struct field_help *help =
		place->field ? field_help(place->owner, place->field->name) : NULL;
	const char *says = help ? help->says : place->field ? NULL : place->resource->says;

	str_appendf(out, "KIND:     %s\nVERSION:  %s\n\n", place->resource->kind, SCHEMA_VERSION);
	if (place->field) {
		str_appendf(out, "FIELD:    %s <", place->field->name);
		schema_append_type(place->field, place->is_entry, out);
		str_append_lit(out, ">\n\n");
	}
	if (says) {
		str_append_lit(out, "DESCRIPTION:\n");
		append_text(out, INDENT, says);
		str_append_char(out, '\n');
	}
	append_limits(out, place);
	if (example && place->example)
		append_example(out, place->example);
	/* What is behind the keys of a map has fields, too. */
	if (place->field && place->field->shape == FIELD_MAP && !place->is_entry &&
	    place->field->object) {
		str_append_lit(out, "FIELDS OF EACH:\n");
		append_fields(out, place->field->object, recursive, 0);
	} else if (place->object) {
		str_append_lit(out, "FIELDS:\n");
		append_fields(out, place->object, recursive, 0);
	}
}
