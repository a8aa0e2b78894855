// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "core/records.h"
#include "message/arguments.h"

static void joined_as_the_schema_has_them(void **state)
{
	static const struct {
		struct bytes argv;
		const char *text;
	} cases[] = {
		{BYTES(""), ""},
		{BYTES("ls\0"), ""},
		{BYTES("\0"), ""},
		{BYTES("ls\0-l\0"), "-l"},
		{BYTES("ls\0-l\0/tmp\0"), "-l /tmp"},
		/* Quoted for a space, without any escape; the first one gets a space before it. */
		{BYTES("sh\0a b\0"), " \"a b\""},
		{BYTES("sh\0a b\0c\0"), " \"a b\" c"},
		{BYTES("sh\0x\0a b\0"), "x \"a b\""},
		{BYTES("sh\0a b\0c d\0"), " \"a b\" \"c d\""},
		{BYTES("sh\0 \0"), " \" \""},
		{BYTES("sh\0say \"hi\"\0"), " \"say \"hi\"\""},
		{BYTES("sh\0\"\0\\\0"), "\" \\"},
		/* Other white space does not count. */
		{BYTES("sh\0a\tb\nc\0"), "a\tb\nc"},
		/* Empty ones are joined like any; at the beginning there is nothing to join them
		   to. */
		{BYTES("sh\0\0"), ""},
		{BYTES("sh\0\0\0"), ""},
		{BYTES("sh\0\0x\0"), "x"},
		{BYTES("sh\0x\0\0"), "x "},
		{BYTES("sh\0x\0\0y\0"), "x  y"},
		{BYTES("sh\0x\0\0\0"), "x  "},
		{BYTES("\0x\0"), "x"},
		{BYTES("\0\0x\0"), "x"},
		/* Cut off by a limit. */
		{BYTES("sh\0-c\0echo he"), "-c \"echo he\""},
		{BYTES("sh\0-c"), "-c"},
		{BYTES("sh"), ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		arguments_append(&s, cases[i].argv.data, cases[i].argv.len);
		assert_string_equal(str_cstr(&s), cases[i].text);
	}
}

/* What was there before is not taken for the first argument. */
static void appended_to_other_text(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	str_append_lit(&s, "args=");
	arguments_append(&s, "ls\0-l\0", 6);
	arguments_append(&s, "ls\0a b\0", 7);
	assert_string_equal(str_cstr(&s), "args=-l \"a b\"");
}

/* An argument vector that is not its own memory's end: nothing behind it is read. */
static void no_further_than_told(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	arguments_append(&s, "ls\0-l\0secret\0", 5);
	assert_string_equal(str_cstr(&s), "-l");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joined_as_the_schema_has_them),
		cmocka_unit_test(appended_to_other_text),
		cmocka_unit_test(no_further_than_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
