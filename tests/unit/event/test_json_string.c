// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/utf8.h"
#include "event/json.h"

#include <jansson.h>
#include <stdio.h>

#define FFFD "\xef\xbf\xbd"

static void assert_writes(const char *s, size_t len, const char *expected)
{
	_cleanup_str_ struct str out = STR_INIT;

	json_write_string(&out, s, len);
	assert_string_equal(str_cstr(&out), expected);
}

static void texts(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", "\"\""},
		{"plain", "\"plain\""},
		{"twelve bytes", "\"twelve bytes\""},
		{"\"", "\"\\\"\""},
		{"C:\\dir\\", "\"C:\\\\dir\\\\\""},
		{"a/b <c> & 'd'", "\"a/b <c> & 'd'\""},
		{"\x7f", "\"\x7f\""},
		{"gr\xc3\xbcn \xe2\x82\xac\xf0\x9f\x90\x9d",
		 "\"gr\xc3\xbcn \xe2\x82\xac\xf0\x9f\x90\x9d\""},
		{"\xe2\x80\xa8", "\"\xe2\x80\xa8\""}, /* U+2028: JavaScript's trouble, not JSON's */
		{FFFD, "\"" FFFD "\""},
		{"a\xff"
		 "b",
		 "\"a" FFFD "b\""},
		{"a\xff\xfe\xc0\x80"
		 "b",
		 "\"a" FFFD "b\""},
		{"\xff\"\xff", "\"" FFFD "\\\"" FFFD "\""},
		{"\xc3\xbc\xff\xc3\xbc", "\"\xc3\xbc" FFFD "\xc3\xbc\""},
		{"cut off \xe2\x82", "\"cut off " FFFD "\""},
		{"\xed\xa0\x80", "\"" FFFD "\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_writes(cases[i].in, strlen(cases[i].in), cases[i].out);
}

static void controls(void **state)
{
	static const char *const named[0x20] = {
		['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r",
	};

	for (int c = 0; c < 0x20; c++) {
		char in[] = {'x', (char)c, 'y'}, expected[32];

		if (named[c])
			snprintf(expected, sizeof(expected), "\"x%sy\"", named[c]);
		else
			snprintf(expected, sizeof(expected), "\"x\\u%04xy\"", (unsigned)c);
		assert_writes(in, sizeof(in), expected);
	}
}

/* Whatever byte stands where in a string of whatever length, another reader gets the same. */
static void every_byte_at_every_place(void **state)
{
	for (size_t len = 1; len <= 20; len++) {
		for (size_t at = 0; at < len; at++) {
			for (unsigned c = 0; c < 0x80; c++) {
				_cleanup_str_ struct str out = STR_INIT;
				char in[20];
				json_t *back;

				memset(in, ' ' + (int)len, sizeof(in));
				in[at] = (char)c;
				json_write_string(&out, in, len);
				back = json_loadb(out.data, out.len,
						  JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
				assert_non_null(back);
				assert_int_equal(json_string_length(back), len);
				assert_memory_equal(json_string_value(back), in, len);
				json_decref(back);
			}
		}
	}
}

static void repairs_as_the_base_does(void **state)
{
	uint32_t random = 1;

	for (int round = 0; round < 20000; round++) {
		_cleanup_str_ struct str out = STR_INIT, expected = STR_INIT;
		char in[24];
		size_t len = (size_t)round % sizeof(in);

		/* Bytes that are, or nearly are, parts of sequences. */
		for (size_t i = 0; i < len; i++) {
			static const char bytes[] = "a\x80\xbf\xc3\xe2\xed\xf0\xf4\xff\x90";

			random = random * 1664525 + 1013904223;
			in[i] = bytes[(random >> 16) % (sizeof(bytes) - 1)];
		}
		str_append_char(&expected, '"');
		utf8_append_valid(&expected, in, len);
		str_append_char(&expected, '"');
		json_write_string(&out, in, len);
		assert_string_equal(str_cstr(&out), str_cstr(&expected));
	}
}

static void nothing_is_a_string_too(void **state)
{
	assert_writes(NULL, 0, "\"\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(controls),
		cmocka_unit_test(every_byte_at_every_place),
		cmocka_unit_test(repairs_as_the_base_does),
		cmocka_unit_test(nothing_is_a_string_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
