// SPDX-License-Identifier: Apache-2.0
#include "compile/reader.h"
#include "base/str.h"
#include "core/hook_value.h"
#include "policy/operator.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static bool is_number(const struct arg_type *type)
{
	return type->groups == ARG_GROUP_INT || type->id == ARG_TYPE_CAPABILITY;
}

/* Whatever type a policy names, somebody reads it. */
static void all_types_are_read(void **state)
{
	const struct arg_type *type;

	for (size_t i = 0; (type = arg_type_at(i)); i++) {
		const struct reader *reader = reader_of(type->id);

		if (type->id == ARG_TYPE_AUTO || type->id == ARG_TYPE_NOP)
			assert_null(reader);
		else if (!reader != is_number(type))
			fail_msg("%s", type->name);
	}
}

/* And what is read is told. */
static void all_types_are_told(void **state)
{
	const struct arg_type *type;

	for (size_t i = 0; (type = arg_type_at(i)); i++)
		if (type->member && hook_value_of(type->member) == _HOOK_VALUE_MAX)
			fail_msg("%s: %s", type->name, type->member);
}

/* An operator that can be asked of a type has something to look at. */
static void all_operators_have_their_part(void **state)
{
	const struct arg_type *type;
	const struct operator* op;

	for (size_t i = 0; (type = arg_type_at(i)); i++) {
		const struct reader *reader = reader_of(type->id);

		for (size_t j = 0; reader && (op = operator_at(j)); j++) {
			const struct part *part = &reader->layout->fields[operator_part(op, type)];

			if (op->groups & type->groups && !part->exists)
				fail_msg("%s of %s", op->name, type->name);
		}
	}
}

/* The page has a row with each. */
static void the_page_has_them(void **state)
{
	_cleanup_str_ struct str page = STR_INIT;
	FILE *f = fopen(OCELLI_SOURCE_ROOT "/docs/policies.md", "r");
	const struct arg_type *type;
	char line[1024];

	if (!f)
		skip(); /* the source is elsewhere */
	while (fgets(line, sizeof(line), f))
		if (line[0] == '|')
			str_append_z(&page, line);
	fclose(f);
	for (size_t i = 0; (type = arg_type_at(i)); i++) {
		char name[64];
		const char *at, *end;

		snprintf(name, sizeof(name), "`%s`", type->name);
		at = strstr(str_cstr(&page), name);
		if (!at)
			fail_msg("%s", type->name);
		end = strchr(at, '\n');
		if (type->member &&
		    !memmem(at, (size_t)(end - at), type->member, strlen(type->member)))
			fail_msg("%s: %s", type->name, type->member);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_types_are_read),
		cmocka_unit_test(all_types_are_told),
		cmocka_unit_test(all_operators_have_their_part),
		cmocka_unit_test(the_page_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
