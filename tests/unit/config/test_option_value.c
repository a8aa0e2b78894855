// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "config/option_value.h"
#include "sample.h"

#include <errno.h>

static const char *const colors[] = {"red", "green", NULL};
static const struct option_spec spec_bool = {.type = OPTION_BOOL};
static const struct option_spec spec_int = {.type = OPTION_INT};
static const struct option_spec spec_bounded = {.type = OPTION_INT, .min = -1, .max = 100};
static const struct option_spec spec_size = {.type = OPTION_SIZE};
static const struct option_spec spec_bounded_size = {
	.type = OPTION_SIZE, .min = 64 << 10, .max = 1 << 30};
static const struct option_spec spec_duration = {.type = OPTION_DURATION};
static const struct option_spec spec_mode = {.type = OPTION_MODE};
static const struct option_spec spec_string = {.type = OPTION_STRING};
static const struct option_spec spec_strings = {.type = OPTION_STRINGS};
static const struct option_spec spec_choice = {.type = OPTION_CHOICE, .choices = colors};

static union option_value parsed(const struct option_spec *spec, const char *text)
{
	_cleanup_error_ struct error *err = NULL;
	union option_value value;

	print_message("%s\n", text);
	assert_int_equal(option_value_parse(spec, text, &value, &err), 0);
	assert_null(err);
	return value;
}

static void bools(void **state)
{
	static const char *const yes[] = {"1", "t", "T", "true", "True", "TRUE"};
	static const char *const no[] = {"0", "f", "F", "false", "False", "FALSE"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_true(parsed(&spec_bool, yes[i]).boolean);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_false(parsed(&spec_bool, no[i]).boolean);
}

static void numbers(void **state)
{
	assert_int_equal(parsed(&spec_int, "-9223372036854775808").integer, INT64_MIN);
	assert_int_equal(parsed(&spec_int, "9223372036854775807").integer, INT64_MAX);
	assert_int_equal(parsed(&spec_int, "+7").integer, 7);
	assert_int_equal(parsed(&spec_bounded, "-1").integer, -1);
	assert_int_equal(parsed(&spec_bounded, "100").integer, 100);
	assert_int_equal(parsed(&spec_mode, "0").mode, 0);
	assert_int_equal(parsed(&spec_mode, "777").mode, 0777);
	assert_int_equal(parsed(&spec_mode, "0640").mode, 0640);
	assert_int_equal(parsed(&spec_duration, "1.5s").number, 1500000000);
	assert_int_equal(parsed(&spec_choice, "green").choice, 1);
	assert_int_equal(parsed(&spec_choice, "RED").choice, 0);
}

static void sizes(void **state)
{
	assert_int_equal(parsed(&spec_size, "0").number, 0);
	assert_int_equal(parsed(&spec_size, "65535").number, 65535);
	assert_int_equal(parsed(&spec_size, "1K").number, 1024);
	assert_int_equal(parsed(&spec_size, "3k").number, 3 << 10);
	assert_int_equal(parsed(&spec_size, "5M").number, 5 << 20);
	assert_int_equal(parsed(&spec_size, "7G").number, 7ULL << 30);
	assert_int_equal(parsed(&spec_size, "9223372036854775807").number, INT64_MAX);
	assert_int_equal(parsed(&spec_bounded_size, "64K").number, 65536);
	assert_int_equal(parsed(&spec_bounded_size, "1G").number, 1 << 30);
}

static void strings(void **state)
{
	union option_value value = parsed(&spec_string, "a b");

	assert_string_equal(value.string, "a b");
	option_value_free(OPTION_STRING, &value);
	assert_null(value.string);
	assert_null(parsed(&spec_string, "").string);
}

static void lists(void **state)
{
	union option_value value = parsed(&spec_strings, " a, b c\n\td\r");

	assert_int_equal(value.list.n, 3);
	assert_string_equal(value.list.v[0], "a");
	assert_string_equal(value.list.v[1], "b c");
	assert_string_equal(value.list.v[2], "d");
	option_value_free(OPTION_STRINGS, &value);
	assert_int_equal(value.list.n, 0);
	assert_int_equal(parsed(&spec_strings, "").list.n, 0);
	assert_int_equal(parsed(&spec_strings, " \t").list.n, 0);
}

#define SIZE_REMEDY " (a size is a number of bytes, or of K, M or G: 64K)"
#define DURATION_REMEDY " (a duration is written like 1h30m, 1.5s or 200ms)"
#define MODE_REMEDY " (a file mode is octal, from 0 to 777: 640)"

static void bad_values(void **state)
{
	static const struct {
		const struct option_spec *spec;
		const char *text, *error;
	} cases[] = {
		{&spec_bool, "", "\"\" is neither true nor false"},
		{&spec_bool, "yes", "\"yes\" is neither true nor false"},
		{&spec_bool, "tRUE", "\"tRUE\" is neither true nor false"},
		{&spec_bool, " true", "\" true\" is neither true nor false"},
		{&spec_int, "", "\"\" is not a whole number"},
		{&spec_int, "-", "\"-\" is not a whole number"},
		{&spec_int, "+-1", "\"+-1\" is not a whole number"},
		{&spec_int, " 1", "\" 1\" is not a whole number"},
		{&spec_int, "- 1", "\"- 1\" is not a whole number"},
		{&spec_int, "1 ", "\"1 \" is not a whole number"},
		{&spec_int, "0x10", "\"0x10\" is not a whole number"},
		{&spec_int, "1.5", "\"1.5\" is not a whole number"},
		{&spec_int, "9223372036854775808",
		 "\"9223372036854775808\" is not between -9223372036854775808 and "
		 "9223372036854775807"},
		{&spec_bounded, "-2", "\"-2\" is not between -1 and 100"},
		{&spec_bounded, "101", "\"101\" is not between -1 and 100"},
		{&spec_bounded, "99999999999999999999999",
		 "\"99999999999999999999999\" is not between -1 and 100"},
		{&spec_size, "", "\"\" is not a size" SIZE_REMEDY},
		{&spec_size, "K", "\"K\" is not a size" SIZE_REMEDY},
		{&spec_size, "-1", "\"-1\" is not a size" SIZE_REMEDY},
		{&spec_size, "+1", "\"+1\" is not a size" SIZE_REMEDY},
		{&spec_size, " 1", "\" 1\" is not a size" SIZE_REMEDY},
		{&spec_size, "1KB", "\"1KB\" is not a size" SIZE_REMEDY},
		{&spec_size, "1T", "\"1T\" is not a size" SIZE_REMEDY},
		{&spec_size, "1 K", "\"1 K\" is not a size" SIZE_REMEDY},
		{&spec_size, "1.5M", "\"1.5M\" is not a size" SIZE_REMEDY},
		{&spec_size, "9223372036854775808",
		 "\"9223372036854775808\" is not between 0 and 9223372036854775807"},
		{&spec_size, "99999999999999999999",
		 "\"99999999999999999999\" is not between 0 and 9223372036854775807"},
		{&spec_size, "99999999999999999G",
		 "\"99999999999999999G\" is not between 0 and 9223372036854775807"},
		{&spec_bounded_size, "65535", "\"65535\" is not between 64K and 1G"},
		{&spec_bounded_size, "1025M", "\"1025M\" is not between 64K and 1G"},
		{&spec_duration, "5", "\"5\" is not a duration" DURATION_REMEDY},
		{&spec_duration, "-5s", "\"-5s\" is not between 0 and 292 years"},
		{&spec_mode, "", "\"\" is not a file mode" MODE_REMEDY},
		{&spec_mode, "888", "\"888\" is not a file mode" MODE_REMEDY},
		{&spec_mode, "1000", "\"1000\" is not a file mode" MODE_REMEDY},
		{&spec_mode, "-1", "\"-1\" is not a file mode" MODE_REMEDY},
		{&spec_mode, "0o600", "\"0o600\" is not a file mode" MODE_REMEDY},
		{&spec_mode, "7777777777777777777777777",
		 "\"7777777777777777777777777\" is not a file mode" MODE_REMEDY},
		{&spec_strings, ",", "the list \",\" has an empty item"},
		{&spec_strings, "a,", "the list \"a,\" has an empty item"},
		{&spec_strings, "a, ,b", "the list \"a, ,b\" has an empty item"},
		{&spec_choice, "", "\"\" is none of: red, green"},
		{&spec_choice, "greenish", "\"greenish\" is none of: red, green"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		union option_value value;

		assert_int_equal(option_value_parse(cases[i].spec, cases[i].text, &value, &err),
				 -EINVAL);
		assert_error(&err, cases[i].error);
		assert_int_equal(option_value_parse(cases[i].spec, cases[i].text, &value, NULL),
				 -EINVAL);
	}
}

static void equality(void **state)
{
	static const struct {
		const struct option_spec *spec;
		const char *a, *b;
		bool equal;
	} cases[] = {
		{&spec_bool, "1", "true", true},      {&spec_bool, "1", "0", false},
		{&spec_int, "7", "+7", true},         {&spec_int, "7", "8", false},
		{&spec_size, "1K", "1024", true},     {&spec_duration, "1m", "60s", true},
		{&spec_string, "", "", true},         {&spec_string, "a", "", false},
		{&spec_string, "a", "a", true},       {&spec_string, "a", "b", false},
		{&spec_strings, "a,b", "a, b", true}, {&spec_strings, "a", "", false},
		{&spec_choice, "red", "RED", true},   {&spec_mode, "600", "0600", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum option_type type = cases[i].spec->type;
		union option_value a = parsed(cases[i].spec, cases[i].a);
		union option_value b = parsed(cases[i].spec, cases[i].b);

		assert_int_equal(option_value_equal(type, &a, &b), cases[i].equal);
		option_value_free(type, &a);
		option_value_free(type, &b);
	}
}

static void quoted_text_is_cut_between_characters(void **state)
{
	char text[200];
	size_t room = sizeof(struct quoted) - sizeof("\"...\"");

	assert_string_equal(quote("").s, "\"\"");
	memset(text, 'x', sizeof(text));
	text[room] = '\0';
	assert_int_equal(strlen(quote(text).s), room + 2);
	text[room] = 'x';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(strlen(quote(text).s), room + 5);
	memcpy(text + room - 2, "\xf0\x9f\x90\x9d", 4);
	assert_int_equal(strlen(quote(text).s), room + 3);
	assert_string_equal(quote(text).s + room - 2, "x...\"");
	memset(text, 0x80, sizeof(text) - 1);
	assert_int_equal(strlen(quote(text).s), room + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bools),    cmocka_unit_test(numbers),
		cmocka_unit_test(sizes),    cmocka_unit_test(strings),
		cmocka_unit_test(lists),    cmocka_unit_test(bad_values),
		cmocka_unit_test(equality), cmocka_unit_test(quoted_text_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
