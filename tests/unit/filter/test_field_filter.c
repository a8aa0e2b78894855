// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "filter/field_filter.h"
#include "messages.h"

#include <errno.h>

#define PROCESSES "\"process\":{\"exec_id\":\"e\",\"pid\":7},\"parent\":{\"pid\":1}"
#define EXEC "{\"process_exec\":{" PROCESSES "},\"node_name\":\"n\",\"cluster_name\":\"c\"}"
#define KPROBE "{\"process_kprobe\":{" PROCESSES ",\"function_name\":\"f\"},\"node_name\":\"n\"}"

static void check(const char *filters_json, const char *event_json, const char *expected)
{
	_cleanup_(field_filters_free) struct field_filters filters = {0};
	_cleanup_message_ Tetragon__GetEventsResponse *event = event_new(event_json);

	assert_int_equal(
		field_filters_read(&filters, filters_json, strlen(filters_json), "text", NULL), 0);
	for (int i = 0; i < 2; i++)
		assert_json_equal(field_filters_apply(&filters, event, NULL), expected);
	assert_json_equal(event, event_json);
}

static void fields(void **state)
{
	check("{\"fields\":\"process.pid\"}", EXEC,
	      "{\"process_exec\":{\"process\":{\"pid\":7}},\"node_name\":\"n\","
	      "\"cluster_name\":\"c\"}");
	check("{\"fields\":\"process.pid,parent\",\"action\":\"EXCLUDE\"}", EXEC,
	      "{\"process_exec\":{\"process\":{\"exec_id\":\"e\"}},\"node_name\":\"n\","
	      "\"cluster_name\":\"c\"}");
	/* One after the other. */
	check("{\"fields\":\"process\"}{\"fields\":\"process.pid\",\"action\":\"EXCLUDE\"}", EXEC,
	      "{\"process_exec\":{\"process\":{\"exec_id\":\"e\"}},\"node_name\":\"n\","
	      "\"cluster_name\":\"c\"}");
}

static void both_spellings_of_names(void **state)
{
	static const char *const expected =
		"{\"process_exec\":{\"process\":{\"exec_id\":\"e\"}},\"node_name\":\"n\","
		"\"cluster_name\":\"c\"}";

	check("{\"fields\":\"process.execId\"}", EXEC, expected);
	check("{\"fields\":\"process.exec_id\"}", EXEC, expected);
}

static void event_sets(void **state)
{
	static const char *const no_parent =
		"{\"process_kprobe\":{\"process\":{\"exec_id\":\"e\",\"pid\":7},"
		"\"function_name\":\"f\"},\"node_name\":\"n\"}";

	check("{\"event_set\":[\"PROCESS_EXEC\"],\"fields\":\"parent\",\"action\":\"EXCLUDE\"}",
	      KPROBE, KPROBE);
	check("{\"event_set\":[\"PROCESS_KPROBE\"],\"fields\":\"parent\",\"action\":\"EXCLUDE\"}",
	      KPROBE, no_parent);
	check("{\"event_set\":[\"PROCESS_KPROBE\"],\"fields\":\"parent\",\"action\":\"EXCLUDE\","
	      "\"invert_event_set\":true}",
	      KPROBE, KPROBE);
	check("{\"event_set\":[\"PROCESS_EXEC\"],\"fields\":\"parent\",\"action\":\"EXCLUDE\","
	      "\"invert_event_set\":true}",
	      KPROBE, no_parent);
}

static void fields_of_some_events(void **state)
{
	check("{\"fields\":\"function_name\"}", KPROBE,
	      "{\"process_kprobe\":{\"function_name\":\"f\"},\"node_name\":\"n\"}");
	check("{\"fields\":\"function_name\"}", EXEC,
	      "{\"process_exec\":{},\"node_name\":\"n\",\"cluster_name\":\"c\"}");
	check("{\"fields\":\"function_name\",\"action\":\"EXCLUDE\"}", EXEC, EXEC);
}

static void nothing_to_do(void **state)
{
	_cleanup_(field_filters_free) struct field_filters filters = {0};
	_cleanup_message_ Tetragon__GetEventsResponse *event = event_new(EXEC);

	assert_ptr_equal(field_filters_apply(&filters, event, NULL), event);
	check("", EXEC, EXEC);
	check("{}", EXEC, EXEC);
	check("{\"fields\":\"\",\"action\":\"EXCLUDE\"}", EXEC, EXEC);
	check("{\"fields\":\"process\"}", "{\"node_name\":\"n\"}", "{\"node_name\":\"n\"}");
}

static void bad_paths(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"{\"fields\":\"process.pids\"}",
		 "text:1:1: \"process.pids\" is no field of any of the events filtered (paths are "
		 "of "
		 "an event's own fields, such as process.pod.name)"},
		{"{\"fields\":\"process\"}\n{\"event_set\":[\"PROCESS_EXEC\"],"
		 "\"fields\":\"function_name\"}",
		 "text:2:1: \"function_name\" is no field of that event (paths are of an event's "
		 "own "
		 "fields, such as process.pod.name)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(field_filters_free) struct field_filters filters = {0};
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *message = NULL;

		assert_int_equal(field_filters_read(&filters, cases[i].text, strlen(cases[i].text),
						    "text", &err),
				 -EINVAL);
		message = error_text(err);
		/* Both spellings of names are names. */
		assert_string_equal(message, cases[i].message);
		assert_int_equal(filters.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),        cmocka_unit_test(both_spellings_of_names),
		cmocka_unit_test(event_sets),    cmocka_unit_test(fields_of_some_events),
		cmocka_unit_test(nothing_to_do), cmocka_unit_test(bad_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
