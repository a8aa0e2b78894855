// SPDX-License-Identifier: Apache-2.0
#include "sensor/ftrace_functions.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static void names(void **state)
{
	struct ftrace_functions f;

	assert_int_equal(ftrace_functions_parse(strdup("vfs_read\n"
						       "ovl_open [overlay]\n"
						       "__ftrace_invalid_address___64\n"
						       "dup\n"
						       "a.part.0\t[mod]\n"
						       "dup\n"),
						&f),
			 0);
	assert_int_equal(f.n, 4);
	assert_string_equal(f.v[0].name, "a.part.0");
	assert_true(f.v[0].of_module);
	assert_false(ftrace_functions_find(&f, "vfs_read")->of_module);
	assert_true(ftrace_functions_find(&f, "ovl_open")->of_module);
	assert_ptr_equal(ftrace_functions_find(&f, "dup"), &f.v[1]);
	assert_null(ftrace_functions_find(&f, "vfs"));
	assert_null(ftrace_functions_find(&f, "[overlay]"));
	ftrace_functions_done(&f);
}

static void none(void **state)
{
	struct ftrace_functions f;

	assert_int_equal(ftrace_functions_parse(strdup(""), &f), 0);
	assert_int_equal(f.n, 0);
	assert_null(ftrace_functions_find(&f, ""));
	ftrace_functions_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
