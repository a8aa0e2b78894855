// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/utf8.h"

static void sequences(void **state)
{
	static const struct {
		const char *s;
		size_t n;
	} cases[] = {
		{"a", 1},
		{"\xc3\xa9", 2},
		{"\xe2\x82\xac", 3},
		{"\xf0\x9f\x90\x9d", 4},
		{"\xf4\x8f\xbf\xbf", 4},
		{"\xc0\x80", 0},         /* overlong */
		{"\xe0\x9f\xbf", 0},     /* overlong */
		{"\xf0\x8f\xbf\xbf", 0}, /* overlong */
		{"\xed\xa0\x80", 0},     /* surrogate */
		{"\xf4\x90\x80\x80", 0}, /* beyond U+10FFFF */
		{"\xff", 0},             /* never valid */
		{"\x80", 0},             /* lone continuation */
		{"\xe2\x82", 0},         /* cut off */
		{"\xe2\x28\xa1", 0},     /* bad second byte */
		{"\xf0\x9f\x90\x28", 0}, /* bad fourth byte */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(utf8_sequence(cases[i].s, strlen(cases[i].s)), cases[i].n);
	assert_int_equal(utf8_sequence("", 0), 0);
}

static void repairs(void **state)
{
	static const struct {
		const char *in, *out;
		unsigned runs;
	} cases[] = {
		{"", "", 0},
		{"plain ascii, longer than eight", "plain ascii, longer than eight", 0},
		{"a\xff\xfe"
		 "b",
		 "a\xef\xbf\xbd"
		 "b",
		 1},
		{"\xff"
		 "x\xff",
		 "\xef\xbf\xbdx\xef\xbf\xbd", 2},
		{"gr\xc3\xbc\xc3\x9f e", "gr\xc3\xbc\xc3\x9f e", 0},
		{"12345678\xe2\x82", "12345678\xef\xbf\xbd", 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		assert_int_equal(utf8_append_valid(&s, cases[i].in, strlen(cases[i].in)),
				 cases[i].runs);
		assert_string_equal(str_cstr(&s), cases[i].out);
		assert_int_equal(utf8_valid_prefix(s.data, s.len), s.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences),
		cmocka_unit_test(repairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
