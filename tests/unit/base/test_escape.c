// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/escape.h"

static void words(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", ""},
		{"/usr/bin/curl", "/usr/bin/curl"},
		{"a\"b\\c", "a\"b\\c"},
		{"a b", "\"a b\""},
		{"a \"b\" \\", "\"a \\\"b\\\" \\\\\""},
		{"\a\b\t\n\v\f\r", "\"\\a\\b\\t\\n\\v\\f\\r\""},
		{"\x01\x1b[31m\x7f", "\"\\x01\\x1b[31m\\x7f\""},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"gr\xc3\xbc\xc3\x9f e", "\"gr\xc3\xbc\xc3\x9f e\""},
		{"\xf0\x9f\x90\x9d", "\xf0\x9f\x90\x9d"},
		{"\xc2\x80", "\"\\u0080\""},   /* C1 */
		{"\xc2\x9bK", "\"\\u009bK\""}, /* CSI */
		{"\xc2\xa0", "\"\\u00a0\""},   /* no-break space */
		{"\xc2\xa1", "\xc2\xa1"},
		{"\xd8\x9c", "\"\\u061c\""},      /* Arabic letter mark */
		{"\xe2\x80\x8b", "\"\\u200b\""},  /* zero width space */
		{"\xe2\x80\x8f", "\"\\u200f\""},  /* right-to-left mark */
		{"\xe2\x80\x90", "\xe2\x80\x90"}, /* hyphen */
		{"\xe2\x80\xa8", "\"\\u2028\""},  /* line separator */
		{"\xe2\x80\xa9", "\"\\u2029\""},  /* paragraph separator */
		{"\xe2\x80\xae", "\"\\u202e\""},  /* right-to-left override */
		{"\xe2\x81\xa6", "\"\\u2066\""},  /* left-to-right isolate */
		{"\xee\x80\x80", "\"\\ue000\""},  /* private use */
		{"\xef\xbb\xbf", "\"\\ufeff\""},  /* byte order mark */
		{"\xef\xbf\xbd", "\xef\xbf\xbd"}, /* replacement character */
		{"\xef\xbf\xbe", "\"\\ufffe\""},  /* no character */
		{"\xf0\x9f\xbf\xbf", "\"\\U0001ffff\""},
		{"\xf3\xa0\x80\x81", "\"\\U000e0001\""}, /* language tag */
		{"\xf4\x8f\xbf\xbd", "\"\\U0010fffd\""},
		{"a\xff", "\"a\\xff\""},
		{"\xc0\x80", "\"\\xc0\\x80\""},          /* overlong */
		{"\xed\xa0\x80", "\"\\xed\\xa0\\x80\""}, /* surrogate */
		{"\xe2\x82", "\"\\xe2\\x82\""},          /* cut off */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		escape_word(&s, cases[i].in);
		assert_string_equal(str_cstr(&s), cases[i].out);
	}
}

static void no_word_is_the_empty_one(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	escape_word(&s, NULL);
	assert_string_equal(str_cstr(&s), "");
}

static void free_text(void **state)
{
	static const char text[] = "cannot read \"a b\": \x1b[0m\0\xc2\x85\\";
	_cleanup_str_ struct str s = STR_INIT;

	escape_text(&s, text, sizeof(text) - 1);
	assert_string_equal(str_cstr(&s), "cannot read \"a b\": \\x1b[0m\\x00\\u0085\\");
}

static void json_stays_the_same_json(void **state)
{
	static const char text[] = "{\"a\":\"b \\\" \x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81\xff"
				   "\xc3\xbc\"}";
	_cleanup_str_ struct str s = STR_INIT;

	escape_json(&s, text, sizeof(text) - 1);
	assert_string_equal(str_cstr(&s), "{\"a\":\"b \\\" \\u007f\\u009b\\u202e\\udb40\\udc01"
					  "\\ufffd\xc3\xbc\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(no_word_is_the_empty_one),
		cmocka_unit_test(free_text),
		cmocka_unit_test(json_stays_the_same_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
