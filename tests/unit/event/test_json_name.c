// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/json_name.h"

static void camel(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", ""},
		{"pid", "pid"},
		{"parent_exec_id", "parentExecId"},
		{"process.exec_id,x_y", "process.execId,xY"},
		{"arg_0_x", "arg0X"},
		{"ProgType", "ProgType"},
		{"_lead", "Lead"},
		{"trail_", "trail"},
		{"a__b", "aB"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		json_append_camel(&s, cases[i].in, strlen(cases[i].in));
		assert_string_equal(str_cstr(&s), cases[i].out);
	}
}

static void snake(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", ""},
		{"pid", "pid"},
		{"parentExecId", "parent_exec_id"},
		{"process.execId", "process.exec_id"},
		{"exec_id", "exec_id"},
		{"arg0X", "arg0_x"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		json_append_snake(&s, cases[i].in, strlen(cases[i].in));
		assert_string_equal(str_cstr(&s), cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(camel),
		cmocka_unit_test(snake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
