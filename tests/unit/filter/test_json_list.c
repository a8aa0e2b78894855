// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "filter/json_list.h"
#include "tetragon/events.pb-c.h"

#include <errno.h>
#include <stdlib.h>

/* Collects the pids of Filter messages; 13 is refused. */
static int collect(const ProtobufCMessage *msg, void *data, struct error **reterr)
{
	const Tetragon__Filter *filter = (const Tetragon__Filter *)msg;
	struct str *out = data;

	for (size_t i = 0; i < filter->n_pid; i++)
		if (filter->pid[i] == 13)
			return error_set(reterr, -EDOM, "unlucky");
	for (size_t i = 0; i < filter->n_pid; i++)
		str_appendf(out, "%u", filter->pid[i]);
	str_append_char(out, ';');
	return 0;
}

static int read_list(const char *text, size_t len, struct str *out, struct error **reterr)
{
	return json_list_read(text, len, "list", &tetragon__filter__descriptor, collect, out,
			      reterr);
}

static void forms(void **state)
{
	static const struct {
		const char *text, *seen;
	} cases[] = {
		{"", ""},
		{" \n\t", ""},
		{"[]", ""},
		{" [ ] ", ""},
		{"{}", ";"},
		{"{\"pid\":[1]}", "1;"},
		{"{\"pid\":[1]}\n{\"pid\":[2]}\n", "1;2;"},
		{"{\"pid\":[1]}{\"pid\":[2]} {}", "1;2;;"},
		{"{\n  \"pid\": [\n    1,\n    2\n  ]\n}\n\n{\"pid\":[3]}", "12;3;"},
		{"[{\"pid\":[1]},\n {\"pid\":[2]}]\n", "1;2;"},
		{"{\"namespace\":[\"}{\\\"]\"],\"pid\":[4]}", "4;"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str out = STR_INIT;

		assert_int_equal(read_list(cases[i].text, strlen(cases[i].text), &out, NULL), 0);
		assert_string_equal(str_cstr(&out), cases[i].seen);
	}
}

static void nothing_is_passed_over(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"{\"pid\":[1],\"pids\":[2]}",
		 "list:1:19: pids: there is no such field (did you mean \"pid\"?)"},
		{"{\"eventSet\":[\"PROCESS_EXIT\",\n\"PROCESS_EXI\"]}",
		 "list:2:1: eventSet[1]: there is no \"PROCESS_EXI\" (did you mean "
		 "\"PROCESS_EXIT\"?)"},
		{"{\"capabilities\":{\"effective\":{\"some\":[]}}}",
		 "list:1:38: capabilities.effective.some: there is no such field"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_str_ struct str out = STR_INIT;
		_cleanup_free_ char *text = NULL;

		assert_int_equal(read_list(cases[i].text, strlen(cases[i].text), &out, &err),
				 -EBADMSG);
		text = error_text(err);
		assert_string_equal(text, cases[i].message);
	}
}

static void errors_have_a_place(void **state)
{
	static const struct {
		const char *text;
		int r;
		const char *begins; /* of the error's text */
	} cases[] = {
		{"{}\n x", -EBADMSG, "list:2:2: expected a JSON object"},
		{"[{}", -EBADMSG, "list:1:4: expected ',' or ']'"},
		{"[{} {}]", -EBADMSG, "list:1:5: expected ',' or ']'"},
		{"[{}] {}", -EBADMSG, "list:1:6: nothing can follow the list"},
		{"[{},]", -EBADMSG, "list:1:5: expected a JSON object"},
		{"[1]", -EBADMSG, "list:1:2: expected a JSON object"},
		{"{}\n{}\n  {\"pid\":[13]}", -EDOM, "list:3:3: unlucky"},
		{"{\"pid\":", -EBADMSG, "list:1:"},
		{"{]", -EBADMSG, "list:1:"},
		{"{}\n{\"pid\":\n[\"x\"]}", -EBADMSG, "list:3:2: "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_str_ struct str out = STR_INIT;
		_cleanup_free_ char *text = NULL;

		assert_int_equal(read_list(cases[i].text, strlen(cases[i].text), &out, &err),
				 cases[i].r);
		text = error_text(err);
		assert_memory_equal(text, cases[i].begins, strlen(cases[i].begins));
	}
}

static void limits(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str text = STR_INIT, out = STR_INIT;

	for (int i = 0; i < JSON_LIST_OBJECTS_MAX; i++)
		str_append_lit(&text, "{}");
	assert_int_equal(read_list(text.data, text.len, &out, &err), 0);
	str_append_lit(&text, "{}");
	assert_int_equal(read_list(text.data, text.len, &out, &err), -E2BIG);
	assert_string_equal(err->message, "more than 1024 objects");

	str_reset(&text);
	for (int i = 0; i <= JSON_LIST_BYTES_MAX; i++)
		str_append_char(&text, ' ');
	assert_int_equal(read_list(text.data, text.len, &out, &err), -E2BIG);
	assert_int_equal(read_list(text.data, text.len - 1, &out, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(nothing_is_passed_over),
		cmocka_unit_test(errors_have_a_place),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
