// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "cel/lexer.h"
#include "cel/literal.h"

#include <errno.h>

/* Reads the one literal that @text is. */
static int read_literal(const char *text, bool negative, struct arena *arena, struct cel_value *ret,
			struct error **reterr)
{
	struct cel_lexer lexer;
	struct cel_token token;

	assert_int_equal(cel_lexer_init(&lexer, text, NULL), 0);
	assert_int_equal(cel_lexer_next(&lexer, &token, NULL), 0);
	assert_int_equal(token.len, strlen(text));
	return cel_literal_read(&token, negative, arena, ret, reterr);
}

/* The values are those of test_eval.c's table; here is what they are in memory. */
static void test_kinds(void **state)
{
	static const struct {
		const char *text;
		enum cel_kind kind;
	} cases[] = {
		{"1", CEL_INT},      {"1u", CEL_UINT},   {"1.0", CEL_DOUBLE}, {"'1'", CEL_STRING},
		{"b'1'", CEL_BYTES}, {"true", CEL_BOOL}, {"false", CEL_BOOL}, {"null", CEL_NULL},
	};
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cel_value value;

		assert_int_equal(read_literal(cases[i].text, false, &arena, &value, NULL), 0);
		assert_int_equal(value.kind, cases[i].kind);
	}
	arena_done(&arena);
}

static void test_nul(void **state)
{
	struct arena arena = ARENA_INIT;
	struct cel_value value;

	assert_int_equal(read_literal("'a\\x00b'", false, &arena, &value, NULL), 0);
	assert_int_equal(value.text.len, 3);
	assert_memory_equal(value.text.data, "a\0b", 3);
	arena_done(&arena);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		bool negative;
		int code;
		unsigned column;
		const char *message;
	} cases[] = {
		{"9223372036854775808", false, -ERANGE, 1,
		 "9223372036854775808 is out of the range of int"},
		{"9223372036854775809", true, -ERANGE, 1,
		 "9223372036854775809 is out of the range of int"},
		{"0x10000000000000000", false, -ERANGE, 1,
		 "0x10000000000000000 is out of the range of int"},
		{"18446744073709551616u", false, -ERANGE, 1,
		 "18446744073709551616u is out of the range of uint"},
		{"1e999", false, -ERANGE, 1, "1e999 is out of the range of double"},
		{"'ab\\z'", false, -EINVAL, 4, "bad escape \"\\z\": no such escape"},
		{"'\303\251\\\303\251'", false, -EINVAL, 3,
		 "bad escape \"\\\303\251\": no such escape"},
		{"'\\x'", false, -EINVAL, 2,
		 "bad escape \"\\x\": two hexadecimal digits are missing"},
		{"'\\x1g'", false, -EINVAL, 2,
		 "bad escape \"\\x\": two hexadecimal digits are missing"},
		{"'\\u12'", false, -EINVAL, 2,
		 "bad escape \"\\u\": four hexadecimal digits are missing"},
		{"'\\U0001F43'", false, -EINVAL, 2,
		 "bad escape \"\\U\": eight hexadecimal digits are missing"},
		{"'\\U00110000'", false, -EINVAL, 2, "bad escape \"\\U\": no such character"},
		{"'\\ud800'", false, -EINVAL, 2, "bad escape \"\\u\": no such character"},
		{"b'\\udfff'", false, -EINVAL, 3, "bad escape \"\\u\": no such character"},
		{"'\\400'", false, -EINVAL, 2, "bad escape \"\\4\": no such escape"},
		{"'\\08'", false, -EINVAL, 2,
		 "bad escape \"\\0\": three octal digits from 000 to 377"},
		{"'\\37'", false, -EINVAL, 2,
		 "bad escape \"\\3\": three octal digits from 000 to 377"},
	};
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		struct cel_value value;

		assert_int_equal(
			read_literal(cases[i].text, cases[i].negative, &arena, &value, &err),
			cases[i].code);
		assert_string_equal(err->message, cases[i].message);
		assert_int_equal(err->column, cases[i].column);
	}
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
