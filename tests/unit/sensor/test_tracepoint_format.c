// SPDX-License-Identifier: Apache-2.0
#include "sensor/tracepoint_format.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HEAD "name: e\nID: 1\nformat:\n"

static void fields_are_what_they_are_said_to_be(void **state)
{
	static const char text[] =
		HEAD "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		     "\n"
		     "\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;\n"
		     "\tfield:char oldcomm[16];\toffset:12;\tsize:16;\tsigned:0;\n"
		     "\tfield:const char * filename;\toffset:32;\tsize:8;\tsigned:0;\n"
		     "\tfield:__data_loc char[] name;\toffset:40;\tsize:4;\tsigned:0;\n"
		     "\tfield:unsigned long args[6];\toffset:48;\tsize:48;\tsigned:0;\n"
		     "\tfield:void *addr;\toffset:96;\tsize:8;\tsigned:0;\n"
		     "\tfield:char c;\toffset:104;\tsize:1;\tsigned:1;\n"
		     "\tfield:__data_loc u8[] data;\toffset:108;\tsize:4;\tsigned:0;\n"
		     "\nprint fmt: \"field:int x; %d\", REC->pid\n";
	static const struct tracepoint_field expected[] = {
		{"common_type", FIELD_NUMBER, 0, 2, false, false},
		{"pid", FIELD_NUMBER, 8, 4, true, false},
		{"oldcomm", FIELD_ARRAY, 12, 16, false, true},
		{"filename", FIELD_NUMBER, 32, 8, false, true},
		{"name", FIELD_DATA_LOC, 40, 4, false, true},
		{"args", FIELD_ARRAY, 48, 48, false, false},
		{"addr", FIELD_NUMBER, 96, 8, false, false},
		{"c", FIELD_NUMBER, 104, 1, true, false},
		{"data", FIELD_DATA_LOC, 108, 4, false, false},
	};
	static struct tracepoint_format f;

	assert_int_equal(tracepoint_format_parse(text, &f), 0);
	assert_int_equal(f.n, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < f.n; i++) {
		assert_string_equal(f.v[i].name, expected[i].name);
		assert_int_equal(f.v[i].kind, expected[i].kind);
		assert_int_equal(f.v[i].offset, expected[i].offset);
		assert_int_equal(f.v[i].size, expected[i].size);
		assert_int_equal(f.v[i].is_signed, expected[i].is_signed);
		assert_int_equal(f.v[i].is_text, expected[i].is_text);
	}
}

static void what_is_not_understood_is_refused(void **state)
{
	static const char *const lines[] = {
		"\tfield:int;\toffset:8;\tsize:4;\tsigned:1;\n",
		"\tfield:int x",
		"\tfield:int x;\n",
		"\tfield:int x;\toffset:8;\n",
		"\tfield:int x;\toffset:40000;\tsize:4;\tsigned:1;\n",
		"\tfield:int x;\toffset:8;\tsize:40000;\tsigned:1;\n",
		"\tfield:int a_name_that_is_longer_than_any_field_of_any_event_has;\toffset:8;\n",
	};
	static struct tracepoint_format f;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(tracepoint_format_parse(lines[i], &f), -EINVAL);
	assert_int_equal(tracepoint_format_parse("", &f), 0);
	assert_int_equal(f.n, 0);
}

static void more_fields_than_there_is_room_for(void **state)
{
	static const char line[] = "\tfield:int x;\toffset:8;\tsize:4;\tsigned:1;\n";
	static char text[(TRACEPOINT_FIELDS_MAX + 1) * sizeof(line)];
	static struct tracepoint_format f;

	for (int i = 0; i < TRACEPOINT_FIELDS_MAX; i++)
		strcat(text, line);
	assert_int_equal(tracepoint_format_parse(text, &f), 0);
	assert_int_equal(f.n, TRACEPOINT_FIELDS_MAX);
	strcat(text, line);
	assert_int_equal(tracepoint_format_parse(text, &f), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_what_they_are_said_to_be),
		cmocka_unit_test(what_is_not_understood_is_refused),
		cmocka_unit_test(more_fields_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
