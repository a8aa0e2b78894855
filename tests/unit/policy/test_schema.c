// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/str.h"
#include "policy/schema.h"

#include <stdio.h>
#include <string.h>

/*
 * The tables against a list of all fields of the schema that clusters have:
 * kind, path, type, required, enum, default and limits, tabs between. It is not
 * part of the source; without it there is nothing to compare with.
 */
#define REFERENCE OCELLI_SOURCE_ROOT "/../shared/reference/policy-schema.tsv"

enum { KIND, PATH, TYPE, REQUIRED, ENUM, DEFAULT, LIMITS, COLUMNS };

static const struct field *find(const struct object *object, const char *name, size_t len)
{
	for (size_t i = 0; i < object->n_fields; i++)
		if (strlen(object->fields[i].name) == len &&
		    !memcmp(object->fields[i].name, name, len))
			return &object->fields[i];
	return NULL;
}

/* "spec.kprobes[].args[].type". */
static const struct field *walk(const struct object *object, const char *path)
{
	for (;;) {
		size_t len = strcspn(path, ".[{");
		const struct field *field = find(object, path, len);

		if (!field)
			return NULL;
		path += len;
		if (!strncmp(path, "[]", 2)) {
			assert_int_equal(field->shape, FIELD_LIST);
			path += 2;
		} else if (!strncmp(path, "{}", 2)) {
			assert_int_equal(field->shape, FIELD_MAP);
			path += 2;
		}
		if (!*path)
			return field;
		assert_int_equal(*path, '.');
		path++;
		object = field->object;
		if (!object)
			return NULL;
	}
}

static void append_type(struct str *out, const struct field *field)
{
	static const char *const names[] = {
		[FIELD_STRING] = "string",  [FIELD_BOOL] = "boolean",  [FIELD_INT32] = "integer",
		[FIELD_INT64] = "integer",  [FIELD_CHOICE] = "string", [FIELD_OBJECT] = "object",
		[FIELD_IGNORED] = "object",
	};

	if (field->shape == FIELD_ONE)
		str_append_z(out, names[field->type]);
	else
		str_appendf(out, field->shape == FIELD_LIST ? "array<%s>" : "map<string,%s>",
			    names[field->type]);
}

static void append_enum(struct str *out, const struct field *field)
{
	const char *name;

	for (size_t i = 0; field->words && (name = field->words->name(i)); i++)
		str_appendf(out, "%s%s", i ? "|" : "", name);
}

static void append_limit(struct str *out, const char *name, const char *value)
{
	str_appendf(out, "%s%s%s", out->len ? "; " : "", name, value);
}

static void append_constraints(struct str *out, const struct object *object)
{
	for (size_t i = 0; i < object->n_constraints; i++)
		str_appendf(out, "%sCEL[%s]", out->len ? "; " : "", object->constraints[i].cel);
}

/* Those of a value, which are said of the items of a list. */
static void append_limits(struct str *out, const struct field *field)
{
	_cleanup_str_ struct str of_value = STR_INIT;

	if (field->atomic)
		append_limit(out, "x-kubernetes-list-type=atomic", "");
	if (field->items_max)
		str_appendf(out, "%smaxItems=%u", out->len ? "; " : "", field->items_max);
	if (field->not_negative)
		append_limit(&of_value, "minimum=0", "");
	if (field->type == FIELD_INT32 || field->type == FIELD_INT64)
		append_limit(&of_value, "format=", field->type == FIELD_INT32 ? "int32" : "int64");
	if (field->type == FIELD_OBJECT && field->shape != FIELD_MAP) {
		if (field->object->atomic)
			append_limit(&of_value, "x-kubernetes-map-type=atomic", "");
		append_constraints(&of_value, field->object);
	}
	if (of_value.len)
		append_limit(out, field->shape == FIELD_LIST ? "items: " : "", str_cstr(&of_value));
}

static void expect(const char *const *row, unsigned column, struct str *got)
{
	static const char *const names[] = {"kind", "path",    "type",  "required",
					    "enum", "default", "limits"};

	assert_non_null(str_cstr(got));
	if (strcmp(row[column], got->data) != 0)
		fail_msg("%s %s: %s is \"%s\" in the reference, and \"%s\" here", row[KIND],
			 row[PATH], names[column], row[column], got->data);
	str_reset(got);
}

static void check_field(const char *const *row, const struct field *field)
{
	_cleanup_str_ struct str got = STR_INIT;

	append_type(&got, field);
	expect(row, TYPE, &got);
	str_append_z(&got, field->required ? "yes" : "no");
	expect(row, REQUIRED, &got);
	append_enum(&got, field);
	expect(row, ENUM, &got);
	str_append_z(&got, field->initial ? field->initial : "");
	expect(row, DEFAULT, &got);
	/* Of metadata it says nothing, since it says nothing of what is in it. */
	if (strcmp(row[PATH], "metadata") != 0)
		append_limits(&got, field);
	expect(row, LIMITS, &got);
}

static void check_root(const char *const *row, const struct object *object)
{
	_cleanup_str_ struct str got = STR_INIT;

	append_constraints(&got, object);
	expect(row, LIMITS, &got);
}

/* How many rows there are to be for what is below this object. */
static size_t count(const struct object *object)
{
	size_t n = 0;

	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];

		if (field->own)
			continue;
		n++;
		if (field->object && strcmp(field->name, "metadata") != 0)
			n += count(field->object);
	}
	return n;
}

static int kind_of(const char *name)
{
	for (int i = 0; i < POLICY_KINDS; i++)
		if (!strcmp(name, policy_kind_names[i]))
			return i;
	return -1;
}

static void test_reference(void **state)
{
	_cleanup_fclose_ FILE *file = fopen(REFERENCE, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0, n[POLICY_KINDS] = {0};

	if (!file)
		skip();
	while (getline(&line, &size, file) > 0) {
		char *rest = line;
		const char *row[COLUMNS];
		const struct field *field;
		int kind;

		line[strcspn(line, "\n")] = '\0';
		for (unsigned i = 0; i < COLUMNS; i++)
			row[i] = rest ? strsep(&rest, "\t") : "";
		kind = kind_of(row[KIND]);
		/* The first line, other kinds, and what the definition is called. */
		if (kind < 0 || row[PATH][0] == '#')
			continue;
		if (!strcmp(row[PATH], "$")) {
			check_root(row, &policy_objects[kind]);
			continue;
		}
		field = walk(&policy_objects[kind], row[PATH]);
		if (!field)
			fail_msg("%s %s is not in the tables", row[KIND], row[PATH]);
		check_field(row, field);
		n[kind]++;
	}
	for (int i = 0; i < POLICY_KINDS; i++)
		assert_int_equal(n[i], count(&policy_objects[i]));
}

/* What the decoder takes for granted. */
static void check_object(const struct object *object)
{
	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];

		assert_true(field->offset < object->size);
		if (field->type != FIELD_IGNORED)
			assert_true(field->offset >= sizeof(struct mark));
		assert_true((field->type == FIELD_OBJECT) == (field->object != NULL));
		assert_true((field->type == FIELD_CHOICE) == (field->words != NULL));
		if (field->type == FIELD_CHOICE && field->initial)
			assert_true(vocabulary_find(field->words, field->initial + 1,
						    strlen(field->initial) - 2) >= 0);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(field->name, object->fields[j].name);
			if (field->type != FIELD_IGNORED)
				assert_true(field->offset != object->fields[j].offset);
		}
		if (field->object)
			check_object(field->object);
	}
}

static void test_tables(void **state)
{
	for (int i = 0; i < POLICY_KINDS; i++)
		check_object(&policy_objects[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
