// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "policy/node.h"

#include <math.h>
#include <string.h>

static struct node plain(const char *text)
{
	return (struct node){.kind = NODE_SCALAR, .text = text, .len = strlen(text)};
}

static void test_types(void **state)
{
	static const struct {
		const char *text;
		enum scalar_type type;
	} cases[] = {
		{"", SCALAR_NULL},
		{"~", SCALAR_NULL},
		{"null", SCALAR_NULL},
		{"Null", SCALAR_NULL},
		{"nUll", SCALAR_STRING},
		{"true", SCALAR_BOOL},
		{"yes", SCALAR_BOOL},
		{"Off", SCALAR_BOOL},
		{"y", SCALAR_BOOL},
		{"tRue", SCALAR_STRING},
		{"yesss", SCALAR_STRING},
		{"0", SCALAR_INT},
		{"-1", SCALAR_INT},
		{"+7", SCALAR_INT},
		{"0x10", SCALAR_INT},
		{"010", SCALAR_INT},
		{"0o17", SCALAR_INT},
		{"0b101", SCALAR_INT},
		{"1_000", SCALAR_INT},
		{"09", SCALAR_FLOAT},
		{"1.0", SCALAR_FLOAT},
		{"1e3", SCALAR_FLOAT},
		{".5", SCALAR_FLOAT},
		{"1.", SCALAR_FLOAT},
		{"-.inf", SCALAR_FLOAT},
		{".nan", SCALAR_FLOAT},
		{"1e", SCALAR_STRING},
		{"-", SCALAR_STRING},
		{"+", SCALAR_STRING},
		{".", SCALAR_STRING},
		{"1.2.3", SCALAR_STRING},
		{"0xg", SCALAR_STRING},
		{"2024-01-02", SCALAR_STRING},
		{"10.0.0.1", SCALAR_STRING},
		{"80:90", SCALAR_STRING},
		{"_1", SCALAR_STRING},
		{"18446744073709551615", SCALAR_INT},
		{"18446744073709551616", SCALAR_FLOAT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct node node = plain(cases[i].text);

		if (node_scalar(&node).type != cases[i].type)
			fail_msg("\"%s\" is %s", cases[i].text, node_kind_name(&node));
	}
}

static void test_values(void **state)
{
	struct node node = plain("-0x10");
	struct scalar scalar = node_scalar(&node);

	assert_true(scalar.negative);
	assert_int_equal(scalar.magnitude, 16);
	node = plain("010");
	assert_int_equal(node_scalar(&node).magnitude, 8);
	node = plain("On");
	assert_true(node_scalar(&node).boolean);
	node = plain("1.5e1");
	assert_true(node_scalar(&node).real == 15.0);
	node = plain("-.INF");
	assert_true(isinf(node_scalar(&node).real));
}

/* Quotes and tags have the last word. */
static void test_styles(void **state)
{
	struct node node = plain("1");

	node.style = NODE_QUOTED;
	assert_int_equal(node_scalar(&node).type, SCALAR_STRING);
	node.tag = NODE_TAG_INT;
	assert_int_equal(node_scalar(&node).type, SCALAR_INT);
	node.style = NODE_PLAIN;
	node.tag = NODE_TAG_STRING;
	assert_int_equal(node_scalar(&node).type, SCALAR_STRING);
	node = plain("1");
	node.style = NODE_BLOCK;
	assert_int_equal(node_scalar(&node).type, SCALAR_STRING);
	node = (struct node){.kind = NODE_NULL};
	assert_int_equal(node_scalar(&node).type, SCALAR_NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_styles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
