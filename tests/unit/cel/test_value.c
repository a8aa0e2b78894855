// SPDX-License-Identifier: Apache-2.0
#include "cel_test.h"

#include <math.h>

static void assert_shown(struct cel_value value, const char *expected)
{
	_cleanup_str_ struct str out = STR_INIT;

	cel_value_append(&out, &value);
	assert_string_equal(str_cstr(&out), expected);
}

static void test_simple(void **state)
{
	assert_shown(cel_null(), "null");
	assert_shown(cel_bool(true), "true");
	assert_shown(cel_int(INT64_MIN), "-9223372036854775808");
	assert_shown(cel_uint(UINT64_MAX), "18446744073709551615u");
	assert_shown(cel_double(1.5), "1.5");
	assert_shown(cel_string("a\"b", 3), "\"a\"b\"");
	assert_shown(cel_bytes("\0\377", 2), "b\"\\x00\\xff\"");
	assert_shown(cel_bytes(NULL, 0), "b\"\"");
	assert_shown(cel_timestamp(0, 5000000), "1970-01-01T00:00:00.005Z");
	assert_shown(cel_duration(-1), "-0.000000001s");
	assert_shown(cel_message(&tetragon__process__descriptor, NULL), "tetragon.Process{…}");
}

/* As Go's "%g": test_number.c of base has the digits. */
static void test_doubles(void **state)
{
	assert_shown(cel_double(-0.0), "-0");
	assert_shown(cel_double(0.0001), "0.0001");
	assert_shown(cel_double(0.00001), "1e-05");
	assert_shown(cel_double(123456.75), "123456.75");
	assert_shown(cel_double(1000000), "1e+06");
	assert_shown(cel_double(1e100), "1e+100");
	assert_shown(cel_double(INFINITY), "+Inf");
	assert_shown(cel_double(-INFINITY), "-Inf");
	assert_shown(cel_double(NAN), "NaN");
}

/* What errors show is cut, characters are not. */
static void test_cut(void **state)
{
	char text[200], expected[300];
	struct cel_value items[20], nested[6];

	memset(text, 'x', sizeof(text));
	assert_shown(cel_string(text, 64),
		     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"");
	assert_shown(cel_string(text, 65),
		     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\"");
	memcpy(text + 63, "\303\251", 2);
	snprintf(expected, sizeof(expected), "\"%.65s…\"", text);
	assert_shown(cel_string(text, 70), expected);

	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = cel_int((int64_t)i);
	assert_shown(cel_list(items, 8), "[0, 1, 2, 3, 4, 5, 6, 7]");
	assert_shown(cel_list(items, 9), "[0, 1, 2, 3, 4, 5, 6, 7, …]");

	nested[0] = cel_int(1);
	for (size_t i = 1; i < ARRAY_SIZE(nested); i++)
		nested[i] = cel_list(&nested[i - 1], 1);
	assert_shown(nested[4], "[[[[1]]]]");
	assert_shown(nested[5], "[[[[[…]]]]]");
}

static void test_map(void **state)
{
	const struct cel_entry entries[] = {
		{cel_string("a", 1), cel_int(1)},
		{cel_bool(true), cel_list(NULL, 0)},
	};

	assert_shown(cel_map(entries, 2), "{\"a\": 1, true: []}");
	assert_shown(cel_map(entries, 0), "{}");
}

static void test_protobuf(void **state)
{
	_cleanup_message_ ProtobufCMessage *exec = test_message(
		&tetragon__process_exec__descriptor,
		"{\"process\":{\"argv\":[\"a\",\"b\"],\"pod\":{\"pod_labels\":{\"k\":\"v\"}}}}");
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(exec, NULL);
	_cleanup_free_ char *list = test_evaluate("process_exec.process.argv", a);
	_cleanup_free_ char *map = test_evaluate("process_exec.process.pod.pod_labels", a);

	assert_string_equal(list, "[\"a\", \"b\"]");
	assert_string_equal(map, "{\"k\": \"v\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple),   cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_cut),      cmocka_unit_test(test_map),
		cmocka_unit_test(test_protobuf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
