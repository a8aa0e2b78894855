// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "base/utf8.h"
#include "cel/text.h"

#include <string.h>

/* a, two bytes, three, four, and then bytes that are none: a lone one, one that is cut off. */
static const char mixed[] = "a\303\251\342\202\254\360\237\220\261\377\342\202";

static void test_count(void **state)
{
	assert_int_equal(cel_text_count("", 0), 0);
	assert_int_equal(cel_text_count("abc", 3), 3);
	assert_int_equal(cel_text_count(mixed, strlen(mixed)), 7);
}

static void test_offset(void **state)
{
	static const size_t offsets[] = {0, 1, 3, 6, 10, 11, 12, 13};
	size_t offset;

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		assert_true(cel_text_offset(mixed, strlen(mixed), i, &offset));
		assert_int_equal(offset, offsets[i]);
	}
	assert_false(cel_text_offset(mixed, strlen(mixed), ARRAY_SIZE(offsets), &offset));
	assert_false(cel_text_offset("", 0, 1, &offset));
	assert_false(cel_text_offset("abc", 3, UINT64_MAX, &offset));
}

static void test_encode(void **state)
{
	static const struct {
		uint32_t code;
		const char *bytes;
	} cases[] = {
		{'a', "a"},
		{0x7f, "\x7f"},
		{0x80, "\302\200"},
		{0x7ff, "\337\277"},
		{0x800, "\340\240\200"},
		{0xffff, "\357\277\277"},
		{0x10000, "\360\220\200\200"},
		{0x10ffff, "\364\217\277\277"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char out[4];
		size_t n = cel_text_encode(out, cases[i].code);

		assert_int_equal(n, strlen(cases[i].bytes));
		assert_memory_equal(out, cases[i].bytes, n);
		assert_int_equal(utf8_sequence(out, n), n);
	}
}

static void test_trim(void **state)
{
	static const struct {
		const char *text, *trimmed;
	} cases[] = {
		{"", ""},
		{"a", "a"},
		{" \t\n\v\f\ra b\r\n ", "a b"},
		{"   ", ""},
		{"\302\205\302\240\341\232\200a", "a"},
		{"\342\200\200\342\200\212a\342\200\250\342\200\251\342\200\257", "a"},
		{"\342\201\237\343\200\200a", "a"},
		/* No spaces: the zero-width one, and the neighbours of those that are. */
		{"\342\200\213a", "\342\200\213a"},
		{"\302\204a\302\241", "\302\204a\302\241"},
		{"\001a\016", "\001a\016"},
		/* Bytes that are no characters are none. */
		{"\205 a \302", "\205 a \302"},
		{"a \377", "a \377"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *s = cases[i].text;
		size_t len = strlen(s);

		cel_text_trim(&s, &len);
		assert_int_equal(len, strlen(cases[i].trimmed));
		assert_memory_equal(s, cases[i].trimmed, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_trim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
