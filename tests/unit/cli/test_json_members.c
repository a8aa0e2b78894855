// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "cli/json_members.h"

static void test_pieces(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;

	json_put_begin(&out, NULL, '{');
	json_put_string(&out, "a", "x\"y");
	json_put_string(&out, "b", NULL);
	json_put_begin(&out, "c", '[');
	json_put_number(&out, NULL, UINT64_MAX);
	json_put_bool(&out, NULL, false);
	json_put_end(&out, ']');
	json_put_bool(&out, "d", true);
	json_put_bytes(&out, "e", "{[:", 3);
	json_put_number(&out, "f", 0);
	json_put_end(&out, '}');
	assert_string_equal(str_cstr(&out),
			    "{\"a\":\"x\\\"y\",\"b\":null,\"c\":[18446744073709551615,"
			    "false],\"d\":true,\"e\":\"{[:\",\"f\":0}");
}

static void test_lines(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;

	json_put_begin(&out, NULL, '{');
	json_put_begin(&out, "v", '[');
	str_append_char(&out, '\n');
	for (unsigned i = 0; i < 3; i++) {
		json_put_number(&out, NULL, i);
		str_append_char(&out, '\n');
	}
	json_put_end(&out, ']');
	json_put_number(&out, "n", 3);
	json_put_end(&out, '}');
	assert_string_equal(str_cstr(&out), "{\"v\":[\n0,\n1,\n2\n],\"n\":3}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
