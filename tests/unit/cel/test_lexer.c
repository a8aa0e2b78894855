// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "cel/lexer.h"
#include "cel/limit.h"
#include "sample.h"

#include <errno.h>

/* All tokens as "kind:text@line:column ", or the error. */
static char *lex(const char *text)
{
	_cleanup_error_ struct error *err = NULL;
	struct cel_lexer lexer;
	struct cel_token token;
	struct str out = STR_INIT;
	int r;

	r = cel_lexer_init(&lexer, text, &err);
	while (r >= 0) {
		r = cel_lexer_next(&lexer, &token, &err);
		if (r < 0 || token.kind == CEL_TOKEN_END)
			break;
		str_appendf(&out, "%s%d:%.*s@%u:%u", out.len ? " " : "", token.kind, (int)token.len,
			    token.text, token.place.line, token.place.column);
	}
	if (r < 0) {
		str_reset(&out);
		sample_append_error(&out, err);
	}
	return str_cstr(&out);
}

static void assert_lexed(const char *text, const char *expected)
{
	_cleanup_free_ char *got = lex(text);

	assert_string_equal(got ? got : "", expected);
}

static void test_symbols(void **state)
{
	static const struct {
		const char *text;
		enum cel_token_kind kind;
	} symbols[] = {
		{"||", CEL_TOKEN_OR},
		{"&&", CEL_TOKEN_AND},
		{"==", CEL_TOKEN_EQUAL},
		{"!=", CEL_TOKEN_UNEQUAL},
		{"<=", CEL_TOKEN_LESS_EQUAL},
		{">=", CEL_TOKEN_GREATER_EQUAL},
		{"<", CEL_TOKEN_LESS},
		{">", CEL_TOKEN_GREATER},
		{"+", CEL_TOKEN_PLUS},
		{"-", CEL_TOKEN_MINUS},
		{"*", CEL_TOKEN_STAR},
		{"/", CEL_TOKEN_SLASH},
		{"%", CEL_TOKEN_PERCENT},
		{"!", CEL_TOKEN_NOT},
		{"?", CEL_TOKEN_QUESTION},
		{":", CEL_TOKEN_COLON},
		{",", CEL_TOKEN_COMMA},
		{".", CEL_TOKEN_DOT},
		{"(", CEL_TOKEN_OPEN_PAREN},
		{")", CEL_TOKEN_CLOSE_PAREN},
		{"[", CEL_TOKEN_OPEN_BRACKET},
		{"]", CEL_TOKEN_CLOSE_BRACKET},
		{"{", CEL_TOKEN_OPEN_BRACE},
		{"}", CEL_TOKEN_CLOSE_BRACE},
		{"true", CEL_TOKEN_TRUE},
		{"false", CEL_TOKEN_FALSE},
		{"null", CEL_TOKEN_NULL},
		{"in", CEL_TOKEN_IN},
		{"trues", CEL_TOKEN_NAME},
		{"inn", CEL_TOKEN_NAME},
		{"_a9", CEL_TOKEN_NAME},
		{"as", CEL_TOKEN_NAME},
		{"`a-b.c/d e`", CEL_TOKEN_ESCAPED},
		{"0", CEL_TOKEN_INT},
		{"0x1f", CEL_TOKEN_INT},
		{"0u", CEL_TOKEN_UINT},
		{"0x1FU", CEL_TOKEN_UINT},
		{"1.5", CEL_TOKEN_DOUBLE},
		{".5", CEL_TOKEN_DOUBLE},
		{"1e9", CEL_TOKEN_DOUBLE},
		{"1.5E-9", CEL_TOKEN_DOUBLE},
		{"'a'", CEL_TOKEN_STRING},
		{"\"a\"", CEL_TOKEN_STRING},
		{"r'\\'", CEL_TOKEN_STRING},
		{"'\\''", CEL_TOKEN_STRING},
		{"'\\\\'", CEL_TOKEN_STRING},
		{"''", CEL_TOKEN_STRING},
		{"'''a'b''c'''", CEL_TOKEN_STRING},
		{"\"\"\"a\n\"b\"\"\"", CEL_TOKEN_STRING},
		{"b'a'", CEL_TOKEN_BYTES},
		{"bR'a'", CEL_TOKEN_BYTES},
	};

	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		struct cel_lexer lexer;
		struct cel_token token;

		assert_int_equal(cel_lexer_init(&lexer, symbols[i].text, NULL), 0);
		assert_int_equal(cel_lexer_next(&lexer, &token, NULL), 0);
		assert_int_equal(token.kind, symbols[i].kind);
		assert_int_equal(token.len, strlen(symbols[i].text));
		assert_int_equal(cel_lexer_next(&lexer, &token, NULL), 0);
		assert_int_equal(token.kind, CEL_TOKEN_END);
		assert_int_equal(cel_lexer_next(&lexer, &token, NULL), 0);
		assert_int_equal(token.kind, CEL_TOKEN_END);
	}
}

static void test_splits(void **state)
{
	assert_lexed("", "");
	assert_lexed(" \t\r\n\f// nothing", "");
	assert_lexed("a.b", "1:a@1:1 29:.@1:2 1:b@1:3");
	assert_lexed("1.size", "3:1@1:1 29:.@1:2 1:size@1:3");
	assert_lexed("1.e5", "3:1@1:1 29:.@1:2 1:e5@1:3");
	assert_lexed("a<=b", "1:a@1:1 16:<=@1:2 1:b@1:4");
	assert_lexed("rb'a'", "1:rb@1:1 6:'a'@1:3");
	assert_lexed("b 'a'", "1:b@1:1 6:'a'@1:3");
	assert_lexed("'a''b'", "6:'a'@1:1 6:'b'@1:4");
	assert_lexed("1//2\n+//\n3", "3:1@1:1 20:+@2:1 3:3@3:1");
}

/* Columns count characters, not bytes. */
static void test_places(void **state)
{
	struct cel_lexer lexer;
	struct cel_token token;
	struct cel_place place;

	assert_lexed("a\n  b", "1:a@1:1 1:b@2:3");
	assert_lexed("'\303\251\360\237\220\261' x", "6:'\303\251\360\237\220\261'@1:1 1:x@1:6");
	assert_lexed("'''\n\n''' x", "6:'''\n\n'''@1:1 1:x@3:5");

	assert_int_equal(cel_lexer_init(&lexer, " '''\303\251\n\303\251!'''", NULL), 0);
	assert_int_equal(cel_lexer_next(&lexer, &token, NULL), 0);
	place = cel_token_place(&token, strlen("'''\303\251\n\303\251"));
	assert_int_equal(place.line, 2);
	assert_int_equal(place.column, 2);
}

static void test_errors(void **state)
{
	assert_lexed("a # b", "! 1:3 unexpected \"#\"");
	assert_lexed("a = b", "! 1:3 unexpected \"=\" (equality is ==)");
	assert_lexed("a & b", "! 1:3 unexpected \"&\" (the operators are && and ||)");
	assert_lexed("\n \303\251", "! 2:2 unexpected \"\303\251\"");
	assert_lexed("\001", "! 1:1 unexpected \"\001\"");
	assert_lexed("1abc", "! 1:1 not a number: \"1abc\"");
	assert_lexed("0x", "! 1:1 not a number: \"0x\"");
	assert_lexed("0xg", "! 1:1 not a number: \"0xg\"");
	assert_lexed("1e", "! 1:1 not a number: \"1e\"");
	assert_lexed("1.5u", "! 1:1 not a number: \"1.5u\"");
	assert_lexed("1uu x", "! 1:1 not a number: \"1uu\"");
	assert_lexed("'abc", "! 1:1 the string that begins here does not end on its line");
	assert_lexed("x 'abc\n'", "! 1:3 the string that begins here does not end on its line");
	assert_lexed("'abc\\'", "! 1:1 the string that begins here does not end on its line");
	assert_lexed("'''abc''", "! 1:1 the string that begins here does not end");
	assert_lexed("'\\", "! 1:1 the string that begins here does not end on its line");
	assert_lexed("``", "! 1:1 a name in backticks is of letters, digits, _ . - / and spaces");
	assert_lexed("`a", "! 1:1 a name in backticks is of letters, digits, _ . - / and spaces");
	assert_lexed("`a'`", "! 1:1 a name in backticks is of letters, digits, _ . - / and spaces");
	assert_lexed("a\n'\377'", "! 2:2 not UTF-8: byte 0xff");
}

static void test_limit(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = malloc(CEL_TEXT_MAX + 2);
	struct cel_lexer lexer;

	assert_non_null(text);
	memset(text, ' ', CEL_TEXT_MAX + 1);
	text[CEL_TEXT_MAX] = '\0';
	assert_int_equal(cel_lexer_init(&lexer, text, &err), 0);
	text[CEL_TEXT_MAX] = ' ';
	text[CEL_TEXT_MAX + 1] = '\0';
	assert_int_equal(cel_lexer_init(&lexer, text, &err), -E2BIG);
	assert_string_equal(err->message, "an expression of 65537 bytes; the limit is 65536");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbols), cmocka_unit_test(test_splits),
		cmocka_unit_test(test_places),  cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
