// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/base64.h"

#include <errno.h>

static void both_ways(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
		{"\xfb\xff\xfe", "+//+"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str text = STR_INIT, bytes = STR_INIT;

		base64_append(&text, cases[i].bytes, strlen(cases[i].bytes));
		assert_string_equal(str_cstr(&text), cases[i].text);
		assert_int_equal(base64_decode(&bytes, text.data, text.len), 0);
		assert_string_equal(str_cstr(&bytes), cases[i].bytes);
	}
}

static void every_byte_at_every_place(void **state)
{
	unsigned char data[256 + 2];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7);
	for (size_t from = 0; from < 3; from++) {
		for (size_t len = 0; len <= 255; len++) {
			_cleanup_str_ struct str text = STR_INIT, bytes = STR_INIT;

			base64_append(&text, data + from, len);
			assert_int_equal(text.len, (len + 2) / 3 * 4);
			assert_int_equal(
				base64_decode(&bytes, text.data ? text.data : "", text.len), 0);
			assert_int_equal(bytes.len, len);
			if (len)
				assert_memory_equal(bytes.data, data + from, len);
		}
	}
}

static void takes_other_forms(void **state)
{
	static const char *const cases[] = {"+/+/+w==", "-_-_-w==", "+/+/+w", "-_-_-w"};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str bytes = STR_INIT;

		str_append_char(&bytes, 'x');
		assert_int_equal(base64_decode(&bytes, cases[i], strlen(cases[i])), 0);
		assert_string_equal(str_cstr(&bytes), "x\xfb\xff\xbf\xfb");
	}
}

static void refuses(void **state)
{
	static const char *const cases[] = {"Z",     "Zg=",   "=",        "==",       "===",
					    "====",  "Zg===", "Z===",     "Zg==Zg==", "Zm 8",
					    "Zm8\n", "Zm9v=", "Zm9v====", "Zm9.",     "Zm\xc3\xa9"};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str bytes = STR_INIT;

		str_append_char(&bytes, 'x');
		assert_int_equal(base64_decode(&bytes, cases[i], strlen(cases[i])), -EINVAL);
		assert_string_equal(str_cstr(&bytes), "x");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(every_byte_at_every_place),
		cmocka_unit_test(takes_other_forms),
		cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
