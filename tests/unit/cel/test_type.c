// SPDX-License-Identifier: Apache-2.0
#include "cel_test.h"

#include "cel/type.h"

static void assert_shown(const struct cel_type *type, const char *expected)
{
	_cleanup_str_ struct str out = STR_INIT;

	cel_type_append(&out, type);
	assert_string_equal(str_cstr(&out), expected);
}

static void test_append(void **state)
{
	const struct cel_type message = {.kind = CEL_MESSAGE,
					 .message = &tetragon__process__descriptor};
	const struct cel_type nullable = {.kind = CEL_NULLABLE, .arg = {CEL_SIMPLE(CEL_UINT)}};
	const struct cel_type list = {.kind = CEL_LIST, .arg = {&message}};
	const struct cel_type map = {.kind = CEL_MAP, .arg = {CEL_SIMPLE(CEL_STRING), &list}};
	const struct cel_type open = {.kind = CEL_VARIABLE};
	const struct cel_type bound = {.kind = CEL_VARIABLE, .arg = {&map}};

	assert_shown(CEL_SIMPLE(CEL_INT), "int");
	assert_shown(CEL_SIMPLE(CEL_NULL), "null_type");
	assert_shown(CEL_SIMPLE(CEL_TIMESTAMP), "google.protobuf.Timestamp");
	assert_shown(CEL_SIMPLE(CEL_DYN), "dyn");
	assert_shown(&message, "tetragon.Process");
	assert_shown(&nullable, "nullable uint");
	assert_shown(&map, "map(string, list(tetragon.Process))");
	assert_shown(&open, "dyn");
	assert_shown(&bound, "map(string, list(tetragon.Process))");
}

static void test_deep(void **state)
{
	struct cel_type types[10] = {{.kind = CEL_INT}};

	for (size_t i = 1; i < ARRAY_SIZE(types); i++)
		types[i] = (struct cel_type){.kind = CEL_LIST, .arg = {&types[i - 1]}};
	assert_shown(&types[5], "list(list(list(list(list(int)))))");
	assert_shown(&types[9], "list(list(list(list(list(list(…))))))");
}

static void test_resolve(void **state)
{
	const struct cel_type open = {.kind = CEL_VARIABLE};
	const struct cel_type first = {.kind = CEL_VARIABLE, .arg = {&open}};
	const struct cel_type second = {.kind = CEL_VARIABLE, .arg = {CEL_SIMPLE(CEL_INT)}};
	const struct cel_type third = {.kind = CEL_VARIABLE, .arg = {&second}};

	assert_ptr_equal(cel_type_resolve(CEL_SIMPLE(CEL_INT)), CEL_SIMPLE(CEL_INT));
	assert_ptr_equal(cel_type_resolve(&first), &open);
	assert_ptr_equal(cel_type_resolve(&third), CEL_SIMPLE(CEL_INT));
}

static void test_names(void **state)
{
	for (int kind = CEL_NONE; kind < _CEL_KIND_MAX; kind++)
		assert_non_null(cel_kind_name((enum cel_kind)kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
