// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "filter/filter_list.h"
#include "messages.h"

#include <errno.h>

static void add(struct filter_list *list, const char *text)
{
	assert_int_equal(filter_list_read(list, text, strlen(text), "text", NULL, NULL), 0);
}

static void allow_and_not_deny(void **state)
{
	static const char *const a = "{\"binary_regex\":[\"a\"]}";
	static const char *const b = "{\"binary_regex\":[\"b\"]}";
	static const char *const none = "";
	static const struct {
		const char *allow, *deny, *binary;
		bool pass;
	} cases[] = {
		{none, none, "x", true},
		{a, none, "a", true},
		{a, none, "b", false},
		{none, b, "a", true},
		{none, b, "b", false},
		{a, b, "a", true},
		{a, b, "ab", false},
		{a, b, "c", false},
		{"{\"binary_regex\":[\"a\"]}\n{\"binary_regex\":[\"b\"]}", none, "b", true},
		{"{\"binary_regex\":[\"a\"]}\n{\"binary_regex\":[\"b\"]}", none, "c", false},
		{none, "[{\"binary_regex\":[\"a\"]},{\"binary_regex\":[\"b\"]}]", "b", false},
		{"{}", none, "x", true},
		{none, "{}", "x", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(event_filter_free) struct event_filter filter = {0};
		_cleanup_str_ struct str json = STR_INIT;
		_cleanup_message_ Tetragon__GetEventsResponse *event = NULL;

		add(&filter.allow, cases[i].allow);
		add(&filter.deny, cases[i].deny);
		str_appendf(&json, "{\"process_exec\":{\"process\":{\"binary\":\"%s\"}}}",
			    cases[i].binary);
		event = event_new(str_cstr(&json));
		assert_int_equal(event_filter_pass(&filter, event, NULL), cases[i].pass);
		assert_int_equal(filter.undecided, 0);
	}
}

/* An event must not vanish because a pattern was made to take forever on it. */
static void the_undecided_pass_and_are_counted(void **state)
{
	static const char *const endless = "{\"arguments_regex\":[\"^(a|aa)+$\"]}";
	_cleanup_message_ Tetragon__GetEventsResponse *event =
		event_new("{\"process_exec\":{\"process\":{\"arguments\":"
			  "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"}}}");
	_cleanup_(event_filter_free) struct event_filter allow = {0}, deny = {0};

	add(&allow.allow, endless);
	add(&deny.deny, endless);
	assert_true(event_filter_pass(&allow, event, NULL));
	assert_int_equal(allow.undecided, 1);
	assert_true(event_filter_pass(&deny, event, NULL));
	assert_int_equal(deny.undecided, 1);
}

/* An expression without value is no match: no event passes an allow list for it, and none is held
 * back by a deny list. */
static void events_without_value_are_counted(void **state)
{
	static const char *const old = "{\"cel_expression\":[\"process_exec.process.auid > 5u\"]}";
	static const char *const young = "{\"cel_expression\":[\"process_exec.process.uid > 5u\"]}";
	static const char *const any = "{\"event_set\":[\"PROCESS_EXEC\"]}";
	_cleanup_message_ Tetragon__GetEventsResponse *event =
		event_new("{\"process_exec\":{\"process\":{}}}");
	_cleanup_(event_filter_free) struct event_filter allow = {0}, deny = {0}, other = {0};

	add(&allow.allow, old);
	add(&allow.allow, young);
	assert_false(event_filter_pass(&allow, event, NULL));
	assert_false(event_filter_pass(&allow, event, NULL));
	assert_int_equal(allow.valueless, 2);
	assert_int_equal(allow.failure->column, 27);

	add(&deny.deny, old);
	assert_true(event_filter_pass(&deny, event, NULL));
	assert_int_equal(deny.valueless, 1);
	assert_non_null(deny.failure);

	/* Once it matches there is nothing more to ask. */
	add(&other.allow, any);
	add(&other.allow, old);
	assert_true(event_filter_pass(&other, event, NULL));
	assert_int_equal(other.valueless, 0);
	assert_null(other.failure);
	assert_int_equal(allow.undecided + deny.undecided + other.undecided, 0);
}

static void expressions_have_a_place_in_the_list(void **state)
{
	static const char *const text =
		"{\"pid\":[1]}\n"
		"{\"cel_expression\":[\"true\",\"process_exec.process.pit == 1u\"]}";
	_cleanup_(filter_list_free) struct filter_list list = {0};
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *message = NULL;

	assert_int_equal(
		filter_list_read(&list, text, strlen(text), "--export-allowlist", NULL, &err),
		-EINVAL);
	assert_int_equal(filter_list_read(&list, text, strlen(text), "x", NULL, NULL), -EINVAL);
	message = error_text(err);
	assert_string_equal(message,
			    "--export-allowlist:2:1: expression 2:1:22: tetragon.Process has no "
			    "field \"pit\" (did you mean \"pid\"?)");
}

static void failing_leaves_the_list(void **state)
{
	static const char *const text = "{\"pid\":[1]}\n{\"labels\":[\"!\"]}\n";
	_cleanup_(filter_list_free) struct filter_list list = {0};
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *message = NULL;

	add(&list, "{}");
	assert_int_equal(
		filter_list_read(&list, text, strlen(text), "--export-denylist", NULL, &err),
		-EINVAL);
	assert_int_equal(list.n, 1);
	message = error_text(err);
	assert_string_equal(message,
			    "--export-denylist:2:1: labels: bad selector \"!\": a label is "
			    "missing at offset 1");
}

static void types_that_pass(void **state)
{
	static const struct {
		const char *allow, *deny;
		enum filter_scope exec, exit;
	} cases[] = {
		{"", "", FILTER_MATCHES_ALL, FILTER_MATCHES_ALL},
		{"{\"event_set\":[1]}", "", FILTER_MATCHES_ALL, FILTER_MATCHES_NONE},
		{"{\"event_set\":[1]}{\"pid\":[1]}", "", FILTER_MATCHES_ALL, FILTER_MATCHES_SOME},
		{"", "{\"event_set\":[1]}", FILTER_MATCHES_NONE, FILTER_MATCHES_ALL},
		{"", "{\"event_set\":[1],\"pid\":[1]}", FILTER_MATCHES_SOME, FILTER_MATCHES_ALL},
		{"{\"event_set\":[1]}", "{\"event_set\":[1]}", FILTER_MATCHES_NONE,
		 FILTER_MATCHES_NONE},
		{"{\"event_set\":[1]}", "{\"pid\":[1]}", FILTER_MATCHES_SOME, FILTER_MATCHES_NONE},
		/* It has to see all. */
		{"{\"event_set\":[1],\"pid_set\":[1]}", "", FILTER_MATCHES_SOME,
		 FILTER_MATCHES_SOME},
		{"", "{\"pid_set\":[1]}", FILTER_MATCHES_SOME, FILTER_MATCHES_SOME},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(event_filter_free) struct event_filter filter = {0};

		add(&filter.allow, cases[i].allow);
		add(&filter.deny, cases[i].deny);
		assert_int_equal(event_filter_scope(&filter, TETRAGON__EVENT_TYPE__PROCESS_EXEC),
				 cases[i].exec);
		assert_int_equal(event_filter_scope(&filter, TETRAGON__EVENT_TYPE__PROCESS_EXIT),
				 cases[i].exit);
	}
}

/* Also where another filter, or another field, has decided before. */
static void followers_see_all_events(void **state)
{
	_cleanup_message_ Tetragon__GetEventsResponse *child =
		event_new("{\"process_exec\":{\"process\":{\"pid\":2},\"parent\":{\"pid\":1}}}");
	_cleanup_message_ Tetragon__GetEventsResponse *grandchild =
		event_new("{\"process_exit\":{\"process\":{\"pid\":3},\"parent\":{\"pid\":2}}}");
	_cleanup_(event_filter_free) struct event_filter filter = {0};

	add(&filter.allow, "{\"pid\":[2]}{\"event_set\":[\"PROCESS_EXIT\"],\"pid_set\":[1]}");
	assert_true(event_filter_pass(&filter, child, NULL));
	assert_true(event_filter_pass(&filter, grandchild, NULL));
}

/* Also where nobody asks about the event itself. */
static void followers_see_what_is_skipped(void **state)
{
	_cleanup_message_ Tetragon__GetEventsResponse *child =
		event_new("{\"process_exec\":{\"process\":{\"pid\":2},\"parent\":{\"pid\":1}}}");
	_cleanup_message_ Tetragon__GetEventsResponse *grandchild =
		event_new("{\"process_exec\":{\"process\":{\"pid\":3},\"parent\":{\"pid\":2}}}");
	_cleanup_(event_filter_free) struct event_filter filter = {0};

	add(&filter.allow, "{\"pid_set\":[1]}");
	event_filter_skip(&filter, child);
	assert_true(event_filter_pass(&filter, grandchild, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allow_and_not_deny),
		cmocka_unit_test(the_undecided_pass_and_are_counted),
		cmocka_unit_test(events_without_value_are_counted),
		cmocka_unit_test(expressions_have_a_place_in_the_list),
		cmocka_unit_test(failing_leaves_the_list),
		cmocka_unit_test(types_that_pass),
		cmocka_unit_test(followers_see_all_events),
		cmocka_unit_test(followers_see_what_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
