// SPDX-License-Identifier: Apache-2.0
#include "cel_test.h"

#include "cel/cel_filter.h"

#include <errno.h>
#include <string.h>

#define EXEC(process) "{\"process_exec\":{\"process\":{" process "}}}"
#define EXIT(process) "{\"process_exit\":{\"process\":{" process "}}}"

/* What the filter says of an event. */
static int match(const char *const *expressions, size_t n, const char *event_json,
		 struct error **reterr)
{
	_cleanup_message_ ProtobufCMessage *event =
		test_message(&tetragon__get_events_response__descriptor, event_json);
	_cleanup_(cel_filter_free) struct cel_filter *filter = NULL;
	_cleanup_error_ struct error *err = NULL;

	if (cel_filter_new(expressions, n, &filter, &err) < 0)
		fail_msg("%s", err->message);
	return cel_filter_match(filter, (const Tetragon__GetEventsResponse *)event, NULL, reterr);
}

static void test_one(void **state)
{
	static const struct {
		const char *expression, *event;
		int r;
	} cases[] = {
		{"process_exec.process.pid > 1u", EXEC("\"pid\":2"), 1},
		{"process_exec.process.pid > 1u", EXEC("\"pid\":1"), 0},
		{"process_exec.process.pid > uint(1)", EXEC("\"pid\":2"), 1},
		{"process_kprobe.function_name == 'security_file_permission'",
		 "{\"process_kprobe\":{\"function_name\":\"security_file_permission\"}}", 1},
		{"process_kprobe.function_name == 'security_file_permission'",
		 "{\"process_kprobe\":{\"function_name\":\"something_else\"}}", 0},

		/* Events of which it does not speak do not match, whatever it would say. */
		{"process_exec.process.pid > 1u", EXIT("\"pid\":2"), 0},
		{"process_exec.process.pid != 7u", EXIT("\"pid\":2"), 0},
		{"!process_exec.process.binary.startsWith('/usr')", EXIT(""), 0},
		{"process_exec.process.pid == null || true", EXIT(""), 0},
		{"process_exec.process.pid == null || true", "{}", 0},
		{"process_exec.process.pid == null || true", "{\"test\":{}}", 0},
		{"test.arg0 == 1u", "{\"test\":{\"arg0\":\"1\"}}", 1},
		{"rate_limit_info.number_of_dropped_process_events > 0u",
		 "{\"rate_limit_info\":{\"number_of_dropped_process_events\":\"3\"}}", 1},
		{"process_throttle.type == ThrottleType.THROTTLE_START",
		 "{\"process_throttle\":{\"type\":\"THROTTLE_START\"}}", 1},

		/* Of several kinds that it speaks of, one happened; nothing is set in the others.
		 */
		{"process_exec.process.pid == 1u || process_exit.process.pid == 1u",
		 EXEC("\"pid\":1"), 1},
		{"process_exec.process.pid == 1u || process_exit.process.pid == 1u",
		 EXIT("\"pid\":1"), 1},
		{"process_exec.process.pid == 1u || process_exit.process.pid == 1u",
		 EXIT("\"pid\":2"), 0},
		{"process_exec.process.binary != '/a' && process_exit.process.binary != '/a'",
		 EXIT("\"binary\":\"/b\""), 1},
		{"process_exec.process.binary != '/a' && process_exit.process.binary != '/a'",
		 EXIT("\"binary\":\"/a\""), 0},
		{"has(process_exec.process) ? process_exec.process.pid == 1u : "
		 "process_exit.process.pid == 2u",
		 EXIT("\"pid\":2"), 1},

		/* What speaks of none is asked about all. */
		{"true", EXEC(""), 1},
		{"true", "{}", 1},
		{"1 > 2", EXEC(""), 0},

		/* Without value there is no match. */
		{"process_exec.process.auid > 1u", EXEC(""), -EDOM},
		{"process_exec.process.auid > 1u || process_exec.process.pid == 1u",
		 EXEC("\"pid\":1"), 1},
		{"process_exec.process.auid > 1u", EXIT(""), 0},
		{"cidr('10.0.0.0/8').containsIP(process_kprobe.args[0].sock_arg.daddr)",
		 "{\"process_kprobe\":{\"args\":[{\"sock_arg\":{\"daddr\":\"10.0.0.1\"}}]}}", 1},
		{"cidr('10.0.0.0/8').containsIP(process_kprobe.args[0].sock_arg.daddr)",
		 "{\"process_kprobe\":{}}", -EDOM},
		{"process_exec.process.in_init_tree", EXEC("\"in_init_tree\":true"), 1},
		{"process_exec.process.in_init_tree", EXEC("\"in_init_tree\":false"), 0},
		{"process_exec.process.in_init_tree", EXEC(""), 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int r = match(&cases[i].expression, 1, cases[i].event, NULL);

		if (r != cases[i].r)
			fail_msg("%s, %s: %d", cases[i].expression, cases[i].event, r);
	}
}

static void test_several(void **state)
{
	static const char *const expressions[] = {
		"process_exec.process.auid > 5u",
		"process_exec.process.pid == 1u",
		"process_exit.status == 255u",
	};

	assert_int_equal(match(expressions, 3, EXEC("\"pid\":1"), NULL), 1);
	assert_int_equal(match(expressions, 3, EXEC("\"pid\":2"), NULL), -EDOM);
	assert_int_equal(match(expressions, 3, EXEC("\"pid\":2,\"auid\":1"), NULL), 0);
	assert_int_equal(match(expressions, 3, EXEC("\"pid\":2,\"auid\":6"), NULL), 1);
	assert_int_equal(match(expressions, 3, "{\"process_exit\":{\"status\":255}}", NULL), 1);
	assert_int_equal(match(expressions, 3, "{\"process_exit\":{}}", NULL), 0);
	assert_int_equal(match(NULL, 0, EXEC(""), NULL), 0);
}

/* The error told is that of the first expression that failed. */
static void test_error(void **state)
{
	static const char *const expressions[] = {
		"false",
		"process_exec.process.auid > 5u",
		"1 / 0 == 1",
	};
	_cleanup_error_ struct error *err = NULL, *single = NULL;
	_cleanup_free_ char *text = NULL, *single_text = NULL;

	assert_int_equal(match(expressions, 3, EXEC(""), &err), -EDOM);
	text = error_text(err);
	assert_string_equal(text, "expression 2:1:27: there is no null_type > uint");
	assert_int_equal(match(&expressions[2], 1, EXEC(""), &single), -EDOM);
	single_text = error_text(single);
	assert_string_equal(single_text, "expression:1:3: division by zero");
}

/* One event leaves nothing behind for the next. */
static void test_sequence(void **state)
{
	static const char expression[] =
		"process_exec.process.pid == 1u || process_exit.process.pid == 1u";
	const char *const expressions[] = {expression};
	_cleanup_message_ ProtobufCMessage *exec =
		test_message(&tetragon__get_events_response__descriptor, EXEC("\"pid\":1"));
	_cleanup_message_ ProtobufCMessage *exit =
		test_message(&tetragon__get_events_response__descriptor, EXIT("\"pid\":2"));
	_cleanup_(cel_filter_free) struct cel_filter *filter = NULL;

	assert_int_equal(cel_filter_new(expressions, 1, &filter, NULL), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(cel_filter_match(filter, (const Tetragon__GetEventsResponse *)exec,
						  NULL, NULL),
				 1);
		assert_int_equal(cel_filter_match(filter, (const Tetragon__GetEventsResponse *)exit,
						  NULL, NULL),
				 0);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *expressions[2];
		size_t n;
		const char *error;
	} cases[] = {
		{{"process_exec.process.bad_field_name == 'curl'"},
		 1,
		 "expression:1:22: tetragon.Process has no field \"bad_field_name\""},
		{{"true", "process_exec.process.pid"},
		 2,
		 "expression 2:1:22: the expression must be bool, but is nullable uint (compare it "
		 "with something)"},
		{{"true", "true &&"},
		 2,
		 "expression 2:1:8: expected an expression, but the expression ends"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *text = NULL;
		struct cel_filter *filter = NULL;

		assert_int_equal(cel_filter_new(cases[i].expressions, cases[i].n, &filter, &err),
				 -EINVAL);
		assert_int_equal(cel_filter_new(cases[i].expressions, cases[i].n, &filter, NULL),
				 -EINVAL);
		assert_null(filter);
		text = error_text(err);
		assert_string_equal(text, cases[i].error);
	}
}

static void test_limit(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_(cel_filter_free) struct cel_filter *filter = NULL;
	const char *expressions[CEL_FILTER_MAX + 1];

	for (size_t i = 0; i < ARRAY_SIZE(expressions); i++)
		expressions[i] = "true";
	assert_int_equal(cel_filter_new(expressions, CEL_FILTER_MAX + 1, &filter, &err), -E2BIG);
	assert_string_equal(err->message, "1025 expressions; the limit is 1024");
	assert_int_equal(cel_filter_new(expressions, CEL_FILTER_MAX, &filter, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),     cmocka_unit_test(test_several),
		cmocka_unit_test(test_error),   cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
