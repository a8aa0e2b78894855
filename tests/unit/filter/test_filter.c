// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "filter/filter.h"
#include "messages.h"

#include <errno.h>

#define EXEC(process, rest) "{\"process_exec\":{\"process\":{" process "}" rest "}}"
#define POD(content) "\"pod\":{" content "}"
#define CEL(expressions) "{\"cel_expression\":[" expressions "]}"

static struct filter *filter_from(const char *json)
{
	_cleanup_message_ Tetragon__Filter *msg = message_new(&tetragon__filter__descriptor, json);
	struct filter *filter = NULL;

	assert_int_equal(filter_new(msg, NULL, &filter, NULL), 0);
	return filter;
}

static bool matches(const char *filter_json, const char *event_json)
{
	_cleanup_(filter_free) struct filter *filter = filter_from(filter_json);
	_cleanup_message_ Tetragon__GetEventsResponse *event = event_new(event_json);
	struct filter_doubt doubt = {0};
	struct subject subject;
	bool result;

	subject_init(&subject, event);
	result = filter_match(filter, &subject, &doubt);
	assert_int_equal(doubt.times, 0);
	assert_int_equal(doubt.valueless, 0);
	return result;
}

static const struct {
	const char *filter, *event;
	bool result;
} cases[] = {
	{"{}", EXEC("", ""), true},
	{"{}", "{\"rate_limit_info\":{}}", true},

	{"{\"event_set\":[\"PROCESS_EXEC\",\"TEST\"]}", EXEC("", ""), true},
	{"{\"event_set\":[\"PROCESS_EXIT\"]}", EXEC("", ""), false},
	{"{\"event_set\":[\"TEST\"]}", "{\"test\":{}}", true},

	{"{\"pid\":[1,2]}", EXEC("\"pid\":2", ""), true},
	{"{\"pid\":[1,2]}", EXEC("\"pid\":3", ""), false},
	{"{\"pid\":[0]}", EXEC("", ""), false},
	{"{\"pid\":[0]}", EXEC("\"pid\":0", ""), true},
	{"{\"pid\":[0]}", "{\"test\":{}}", false},

	{"{\"namespace\":[\"a\",\"b\"]}", EXEC(POD("\"namespace\":\"b\""), ""), true},
	{"{\"namespace\":[\"a\",\"b\"]}", EXEC(POD("\"namespace\":\"bb\""), ""), false},
	{"{\"namespace\":[\"\"]}", EXEC("", ""), true},
	{"{\"namespace\":[\"\"]}", EXEC(POD("\"namespace\":\"b\""), ""), false},
	{"{\"namespace\":[\"b\"]}", EXEC("", ""), false},
	{"{\"namespace\":[\"\"]}", "{\"test\":{}}", false},
	{"{\"namespace\":[]}", EXEC("", ""), true},

	{"{\"namespace_regex\":[\"^kube-\"]}", EXEC(POD("\"namespace\":\"kube-system\""), ""),
	 true},
	{"{\"namespace_regex\":[\"^kube-\"]}", EXEC(POD("\"namespace\":\"my-kube-x\""), ""), false},
	{"{\"namespace_regex\":[\"\"]}", EXEC("", ""), false},

	{"{\"pod_regex\":[\"x+\"]}", EXEC(POD("\"name\":\"axxb\""), ""), true},
	{"{\"pod_regex\":[\"x+\"]}", EXEC(POD("\"name\":\"ab\""), ""), false},
	{"{\"pod_regex\":[\"\"]}", EXEC("", ""), false},

	{"{\"container_id\":[\"^abc\"]}", EXEC("\"docker\":\"abcdef\"", ""), true},
	{"{\"container_id\":[\"^abc\"]}", EXEC("\"docker\":\"xabc\"", ""), false},
	{"{\"container_id\":[\"def$\"]}",
	 EXEC("\"docker\":\"abc\",\"container_id\":\"abcdef\"", ""), true},

	{"{\"container_name_regex\":[\"^a\"]}", EXEC(POD("\"container\":{\"name\":\"ab\"}"), ""),
	 true},
	{"{\"container_name_regex\":[\"^a\"]}", EXEC(POD("\"container\":{\"name\":\"ba\"}"), ""),
	 false},
	{"{\"container_name_regex\":[\"\"]}", EXEC(POD(""), ""), false},

	{"{\"binary_regex\":[\"bash\",\"curl\"]}", EXEC("\"binary\":\"/bin/curl\"", ""), true},
	{"{\"binary_regex\":[\"bash\",\"curl\"]}", EXEC("\"binary\":\"/bin/ls\"", ""), false},
	{"{\"binary_regex\":[\"\"]}", "{\"process_exec\":{}}", false},

	{"{\"arguments_regex\":[\"^-c \"]}", EXEC("\"arguments\":\"-c id\"", ""), true},
	{"{\"arguments_regex\":[\"^-c \"]}", EXEC("\"arguments\":\"x -c id\"", ""), false},

	{"{\"parent_binary_regex\":[\"sh$\"]}", EXEC("", ",\"parent\":{\"binary\":\"/bin/sh\"}"),
	 true},
	{"{\"parent_binary_regex\":[\"sh$\"]}", EXEC("\"binary\":\"/bin/sh\"", ""), false},
	{"{\"parent_arguments_regex\":[\"x\"]}", EXEC("", ",\"parent\":{\"arguments\":\"x\"}"),
	 true},
	{"{\"parent_arguments_regex\":[\"x\"]}", EXEC("", ",\"parent\":{\"arguments\":\"y\"}"),
	 false},

	{"{\"ancestor_binary_regex\":[\"d$\"]}",
	 EXEC("", ",\"ancestors\":[{\"binary\":\"a\"},{\"binary\":\"systemd\"}]"), true},
	{"{\"ancestor_binary_regex\":[\"d$\"]}",
	 EXEC("\"binary\":\"d\"", ",\"parent\":{\"binary\":\"d\"}"), false},

	{"{\"policy_names\":[\"p\",\"q\"]}", "{\"process_kprobe\":{\"policy_name\":\"q\"}}", true},
	{"{\"policy_names\":[\"p\",\"q\"]}", "{\"process_kprobe\":{\"policy_name\":\"r\"}}", false},
	{"{\"policy_names\":[\"\"]}", "{\"process_kprobe\":{}}", false},
	{"{\"policy_names\":[\"p\"]}", EXEC("", ""), false},

	{"{\"health_check\":true}", EXEC(POD("\"container\":{\"maybe_exec_probe\":true}"), ""),
	 true},
	{"{\"health_check\":true}",
	 EXEC("", ",\"parent\":{" POD("\"container\":{\"maybe_exec_probe\":true}") "}"), true},
	{"{\"health_check\":true}", EXEC("", ""), false},
	{"{\"health_check\":false}", EXEC(POD("\"container\":{\"maybe_exec_probe\":true}"), ""),
	 false},
	{"{\"health_check\":false}", EXEC("", ""), true},

	{"{\"labels\":[\"x\",\"app=web\"]}", EXEC(POD("\"pod_labels\":{\"app\":\"web\"}"), ""),
	 true},
	{"{\"labels\":[\"x\",\"app=db\"]}", EXEC(POD("\"pod_labels\":{\"app\":\"web\"}"), ""),
	 false},
	{"{\"labels\":[\"app!=db\"]}", EXEC(POD(""), ""), true},
	/* Without a pod there is nothing to select. */
	{"{\"labels\":[\"\",\"app!=db\"]}", EXEC("", ""), false},

	{"{\"in_init_tree\":true}", EXEC("\"in_init_tree\":true", ""), true},
	{"{\"in_init_tree\":true}", EXEC("\"in_init_tree\":false", ""), false},
	{"{\"in_init_tree\":true}", EXEC("", ""), false},
	{"{\"in_init_tree\":false}", EXEC("\"in_init_tree\":false", ""), true},
	{"{\"in_init_tree\":false}", EXEC("", ""), true},

	{"{\"capabilities\":{\"effective\":{\"any\":[\"CAP_BPF\"]}}}",
	 EXEC("\"cap\":{\"effective\":[\"CAP_BPF\"]}", ""), true},
	{"{\"capabilities\":{\"effective\":{\"any\":[\"CAP_BPF\"]}}}",
	 EXEC("\"cap\":{\"permitted\":[\"CAP_BPF\"]}", ""), false},
	{"{\"capabilities\":{\"effective\":{\"none\":[\"CAP_BPF\"]}}}", EXEC("", ""), false},
	{"{\"capabilities\":{}}", "{\"test\":{}}", false},

	{CEL("\"process_exec.process.pid > 1u\""), EXEC("\"pid\":2", ""), true},
	{CEL("\"process_exec.process.pid > 1u\""), EXEC("\"pid\":1", ""), false},
	{CEL("\"process_exec.process.pid > 1u\""), "{\"process_exit\":{}}", false},
	{CEL("\"process_exec.process.pid == 1u || process_exit.status == 0u\""),
	 "{\"process_exit\":{}}", true},
	{CEL("\"process_exec.process.pid != 1u\""), "{\"test\":{}}", false},
	{CEL("\"process_exec.process.pid != 1u\""), "{}", false},
	{CEL("\"process_throttle.cgroup == 'c'\""), "{\"process_throttle\":{\"cgroup\":\"c\"}}",
	 true},
	{CEL("\"process_lsm.args.exists(a, a.int_arg == 2)\""),
	 "{\"process_lsm\":{\"args\":[{\"int_arg\":1},{\"int_arg\":2}]}}", true},
	{CEL("\"true\""), "{}", true},
	{CEL("\"false\""), EXEC("", ""), false},
	{CEL(""), EXEC("", ""), true},

	/* Any may match, and one that has no value does not keep the others from it. */
	{CEL("\"process_exec.process.pid == 1u\",\"process_exec.process.pid == 2u\""),
	 EXEC("\"pid\":2", ""), true},
	{CEL("\"process_exec.process.pid == 1u\",\"process_exec.process.pid == 2u\""),
	 EXEC("\"pid\":3", ""), false},
	{CEL("\"process_exec.process.pid == 1u\",\"process_exit.process.pid == 2u\""),
	 "{\"process_exit\":{\"process\":{\"pid\":2}}}", true},
	{CEL("\"process_exec.process.auid > 1u\",\"process_exec.process.pid == 2u\""),
	 EXEC("\"pid\":2", ""), true},

	/* All fields must match. */
	{"{\"cel_expression\":[\"process_exec.process.uid == 0u\"],\"pid\":[1]}",
	 EXEC("\"uid\":0,\"pid\":1", ""), true},
	{"{\"cel_expression\":[\"process_exec.process.uid == 0u\"],\"pid\":[1]}",
	 EXEC("\"uid\":0,\"pid\":2", ""), false},
	{"{\"cel_expression\":[\"process_exec.process.uid == 0u\"],\"pid\":[1]}",
	 EXEC("\"uid\":1,\"pid\":1", ""), false},
	{"{\"cel_expression\":[\"true\"],\"binary_regex\":[\"a\"],"
	 "\"capabilities\":{\"effective\":{\"any\":[\"CAP_BPF\"]}}}",
	 EXEC("\"binary\":\"a\",\"cap\":{\"effective\":[\"CAP_BPF\"]}", ""), true},
	{"{\"cel_expression\":[\"true\"],"
	 "\"capabilities\":{\"effective\":{\"any\":[\"CAP_BPF\"]}}}",
	 EXEC("", ""), false},
	{"{\"binary_regex\":[\"curl\"],\"pid\":[1]}", EXEC("\"binary\":\"curl\",\"pid\":1", ""),
	 true},
	{"{\"binary_regex\":[\"curl\"],\"pid\":[1]}", EXEC("\"binary\":\"curl\",\"pid\":2", ""),
	 false},
	{"{\"binary_regex\":[\"curl\"],\"pid\":[1]}", EXEC("\"binary\":\"wget\",\"pid\":1", ""),
	 false},
};

static void fields(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (matches(cases[i].filter, cases[i].event) != cases[i].result)
			fail_msg("%s on %s is not %d", cases[i].filter, cases[i].event,
				 cases[i].result);
}

static void bad_filters(void **state)
{
	static const struct {
		const char *filter;
		int r;
		const char *message;
	} bad[] = {
		{"{\"binary_regex\":[\"a\",\"(\"]}", -EINVAL,
		 "binary_regex: bad regular expression \"(\": missing closing parenthesis at "
		 "offset 1"},
		{"{\"capabilities\":{\"permitted\":{}}}", -EINVAL,
		 "capabilities: permitted: one of any, all, exactly and none must be given"},
		{"{\"labels\":[\"a=b\",\"a in\"]}", -EINVAL,
		 "labels: bad selector \"a in\": \"(\" is missing at offset 4"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_message_ Tetragon__Filter *msg =
			message_new(&tetragon__filter__descriptor, bad[i].filter);
		_cleanup_error_ struct error *err = NULL;
		struct filter *filter = NULL;

		assert_int_equal(filter_new(msg, NULL, &filter, &err), bad[i].r);
		assert_null(filter);
		assert_string_equal(err->message, bad[i].message);
	}
}

static void bad_expressions(void **state)
{
	static const struct {
		const char *filter;
		int r;
		const char *text;
	} bad[] = {
		{CEL("\"process_exec.process.binry == 'x'\""), -EINVAL,
		 "expression:1:22: tetragon.Process has no field \"binry\" (did you mean "
		 "\"binary\"?)"},
		{CEL("\"true\",\"process_exec.process.pid\""), -EINVAL,
		 "expression 2:1:22: the expression must be bool, but is nullable uint (compare it "
		 "with something)"},
		{CEL("\"true &&\\n  1 +\""), -EINVAL,
		 "expression:2:6: expected an expression, but the expression ends"},
		{CEL("\"true\",\"\",\"true\""), -EINVAL,
		 "expression 2:1:1: expected an expression, but the expression ends"},
		{CEL("\"1 < 18446744073709551616\""), -ERANGE,
		 "expression:1:5: 18446744073709551616 is out of the range of int"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_message_ Tetragon__Filter *msg =
			message_new(&tetragon__filter__descriptor, bad[i].filter);
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *text = NULL;
		struct filter *filter = NULL;

		assert_int_equal(filter_new(msg, NULL, &filter, &err), bad[i].r);
		assert_int_equal(filter_new(msg, NULL, &filter, NULL), bad[i].r);
		assert_null(filter);
		text = error_text(err);
		assert_string_equal(text, bad[i].text);
	}
}

static void too_many_values(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	static uint32_t pids[FILTER_VALUES_MAX + 1];
	Tetragon__Filter msg = TETRAGON__FILTER__INIT;
	struct filter *filter = NULL;

	msg.pid = pids;
	msg.n_pid = ARRAY_SIZE(pids);
	assert_int_equal(filter_new(&msg, NULL, &filter, &err), -E2BIG);
	assert_string_equal(err->message, "pid: 1025 values; the limit is 1024");
	msg.n_pid--;
	assert_int_equal(filter_new(&msg, NULL, &filter, &err), 0);
	filter_free(&filter);
	filter_free(&filter);
}

static void what_is_not_enabled(void **state)
{
	static const struct filter_rules none = {"a", "b"}, all = {0};
	static const struct {
		const char *filter, *text;
	} rows[] = {
		{"{\"pid_set\":[1]}", "pid_set: it is not enabled (a)"},
		{"{\"ancestor_binary_regex\":[\"x\"]}",
		 "ancestor_binary_regex: it is not enabled (b)"},
		{"{\"pid\":[1],\"pid_set\":[],\"parent_binary_regex\":[\"x\"]}", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_message_ Tetragon__Filter *msg =
			message_new(&tetragon__filter__descriptor, rows[i].filter);
		_cleanup_(filter_free) struct filter *filter = NULL;
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *text = NULL;

		assert_int_equal(filter_new(msg, &none, &filter, &err), rows[i].text ? -EINVAL : 0);
		text = err ? error_text(err) : NULL;
		if (rows[i].text)
			assert_string_equal(text, rows[i].text);
		filter_free(&filter);
		assert_int_equal(filter_new(msg, &all, &filter, NULL), 0);
	}
}

static void scope_of_types(void **state)
{
	static const struct {
		const char *filter;
		enum filter_scope exec, exit;
	} rows[] = {
		{"{}", FILTER_MATCHES_ALL, FILTER_MATCHES_ALL},
		{"{\"event_set\":[\"PROCESS_EXEC\"]}", FILTER_MATCHES_ALL, FILTER_MATCHES_NONE},
		{"{\"event_set\":[\"PROCESS_EXEC\"],\"pid\":[1]}", FILTER_MATCHES_SOME,
		 FILTER_MATCHES_NONE},
		{"{\"pid\":[1]}", FILTER_MATCHES_SOME, FILTER_MATCHES_SOME},
		{"{\"capabilities\":{}}", FILTER_MATCHES_SOME, FILTER_MATCHES_SOME},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(filter_free) struct filter *filter = filter_from(rows[i].filter);

		assert_int_equal(filter_scope_of(filter, TETRAGON__EVENT_TYPE__PROCESS_EXEC),
				 rows[i].exec);
		assert_int_equal(filter_scope_of(filter, TETRAGON__EVENT_TYPE__PROCESS_EXIT),
				 rows[i].exit);
	}
}

/* A message of which the processes have to be asked for. */
struct reluctant {
	struct lazy lazy;
	const ProtobufCMessage *asked[4];
	size_t n;
	int r;
};

static int note(struct lazy *lazy, const ProtobufCMessage *msg)
{
	struct reluctant *r = container_of(lazy, struct reluctant, lazy);

	for (size_t i = 0; i < r->n; i++)
		if (r->asked[i] == msg)
			return r->r;
	r->asked[r->n++] = msg;
	return r->r;
}

static void asks_for_what_it_looks_at(void **state)
{
	static const struct {
		const char *filter;
		bool process, parent, ancestor;
	} rows[] = {
		{"{\"event_set\":[\"PROCESS_EXEC\"],\"pid\":[1],\"in_init_tree\":false}", false,
		 false, false},
		{"{\"binary_regex\":[\"x\"]}", true, false, false},
		{"{\"capabilities\":{}}", true, false, false},
		{"{\"labels\":[\"x\"]}", true, false, false},
		{"{\"parent_arguments_regex\":[\"x\"]}", false, true, false},
		{"{\"health_check\":true}", true, true, false},
		{"{\"ancestor_binary_regex\":[\"x\"]}", false, false, true},
		{"{\"cel_expression\":[\"true\"]}", true, true, true},
		/* The first that does not match ends it. */
		{"{\"pid\":[2],\"binary_regex\":[\"x\"]}", false, false, false},
	};
	_cleanup_message_ Tetragon__GetEventsResponse *event =
		event_new(EXEC("\"pid\":1", ",\"parent\":{},\"ancestors\":[{}]"));
	struct subject subject;

	subject_init(&subject, event);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(filter_free) struct filter *filter = filter_from(rows[i].filter);
		struct reluctant r = {.lazy.fill = note};
		struct filter_doubt doubt = {.counts_as = true};
		size_t n = 0;

		subject.lazy = &r.lazy;
		filter_match(filter, &subject, &doubt);
		if (rows[i].process)
			assert_ptr_equal(r.asked[n++], subject.process);
		if (rows[i].parent)
			assert_ptr_equal(r.asked[n++], subject.parent);
		if (rows[i].ancestor)
			assert_ptr_equal(r.asked[n++], subject.ancestors[0]);
		assert_int_equal(r.n, n);
		assert_int_equal(doubt.times, 0);

		/* What cannot be had is in doubt. */
		r.r = -ENOMEM;
		assert_int_equal(filter_match(filter, &subject, &doubt), n > 0 || i == 0);
		assert_int_equal(doubt.times, n > 0);
	}
}

static void doubt_counts_as_asked(void **state)
{
	_cleanup_(filter_free) struct filter *filter =
		filter_from("{\"arguments_regex\":[\"^(a|aa)+$\"]}");
	_cleanup_message_ Tetragon__GetEventsResponse *event = event_new(
		EXEC("\"arguments\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"", ""));
	struct filter_doubt yes = {.counts_as = true}, no = {.counts_as = false};
	struct subject subject;

	subject_init(&subject, event);
	assert_true(filter_match(filter, &subject, &yes));
	assert_int_equal(yes.times, 1);
	assert_false(filter_match(filter, &subject, &no));
	assert_int_equal(no.times, 1);
}

static void expressions_without_value_do_not_match(void **state)
{
	_cleanup_(filter_free) struct filter *filter =
		filter_from(CEL("\"process_exec.process.pid == 7u\","
				"\"process_exec.process.auid > 5u\","
				"\"1 / size(process_exec.ancestors) == 1\""));
	_cleanup_message_ Tetragon__GetEventsResponse *valueless = event_new(EXEC("", ""));
	_cleanup_message_ Tetragon__GetEventsResponse *matching = event_new(EXEC("\"pid\":7", ""));
	_cleanup_error_ struct error *err = NULL;
	struct filter_doubt yes = {.counts_as = true, .reterr = &err}, no = {.counts_as = false};
	_cleanup_free_ char *text = NULL;
	struct subject subject;

	subject_init(&subject, matching);
	assert_true(filter_match(filter, &subject, &yes));
	assert_int_equal(yes.valueless, 0);
	assert_null(err);

	/* Whatever an untold match counts as. The first error stays. */
	subject_init(&subject, valueless);
	for (unsigned i = 1; i <= 2; i++) {
		struct error *first = err;

		assert_false(filter_match(filter, &subject, &yes));
		assert_false(filter_match(filter, &subject, &no));
		assert_int_equal(yes.valueless, i);
		assert_int_equal(no.valueless, i);
		assert_true(i == 1 || err == first);
	}
	assert_int_equal(yes.times, 0);
	assert_int_equal(no.times, 0);
	text = error_text(err);
	assert_string_equal(text, "expression 2:1:27: there is no null_type > uint");
}

static void expressions_are_asked_last(void **state)
{
	static const char *const others[] = {
		"\"pid\":[1]",
		"\"parent_arguments_regex\":[\"x\"]",
		"\"capabilities\":{\"effective\":{\"any\":[\"CAP_BPF\"]}}",
	};
	_cleanup_message_ Tetragon__GetEventsResponse *event = event_new(EXEC("\"pid\":2", ""));
	struct filter_doubt doubt = {0};
	struct subject subject;

	subject_init(&subject, event);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		_cleanup_(filter_free) struct filter *filter = NULL;
		_cleanup_str_ struct str json = STR_INIT;

		str_appendf(&json, "{\"cel_expression\":[\"process_exec.process.auid > 1u\"],%s}",
			    others[i]);
		filter = filter_from(str_cstr(&json));
		assert_false(filter_match(filter, &subject, &doubt));
	}
	assert_int_equal(doubt.valueless, 0);
}

#define WORDS "process_exec.process.arguments.split(' ')"
#define ENDLESS                                                                              \
	WORDS ".all(a, " WORDS ".all(b, " WORDS ".all(c, " WORDS ".all(d, " WORDS ".all(e, " \
	      "true)))))"

static void expressions_beyond_their_limits_are_in_doubt(void **state)
{
	static const char *const filters[] = {
		CEL("\"" ENDLESS "\""),
		/* That another one has no value does not settle it. */
		CEL("\"process_exec.process.auid > 5u\",\"" ENDLESS "\""),
		CEL("\"" ENDLESS "\",\"process_exec.process.auid > 5u\""),
	};
	_cleanup_message_ Tetragon__GetEventsResponse *event =
		event_new(EXEC("\"arguments\":\"a b c d e f g h i j k l m n o p q r s t\"", ""));
	struct subject subject;

	subject_init(&subject, event);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		_cleanup_(filter_free) struct filter *filter = filter_from(filters[i]);
		_cleanup_error_ struct error *err = NULL;
		struct filter_doubt yes = {.counts_as = true, .reterr = &err};
		struct filter_doubt no = {.counts_as = false};

		assert_true(filter_match(filter, &subject, &yes));
		assert_false(filter_match(filter, &subject, &no));
		assert_int_equal(yes.times, 1);
		assert_int_equal(no.times, 1);
		assert_int_equal(yes.valueless, 0);
		assert_string_equal(err->message, "the evaluation takes too many steps");
		assert_int_equal(err->line, 1);
	}
}

/* All filters of a stream together may take so much for an event, and what is beyond is in doubt.
 */
static void steps_are_shared(void **state)
{
	static const struct {
		const char *filter;
		bool has_patterns;
	} filters[] = {
		{"{\"binary_regex\":[\"x\",\"y\",\"z\"]}", true},
		{CEL("\"process_exec.process.binary == 'x'\",\"" ENDLESS "\",\"" ENDLESS "\""),
		 false},
	};
	_cleanup_message_ Tetragon__GetEventsResponse *event = event_new(EXEC(
		"\"binary\":\"b\",\"arguments\":\"a b c d e f g h i j k l m n o p q r s t\"", ""));
	struct subject subject;

	subject_init(&subject, event);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		_cleanup_(filter_free) struct filter *filter = filter_from(filters[i].filter);
		uint64_t steps = 2500;
		_cleanup_error_ struct error *err = NULL;
		struct filter_doubt doubt = {.counts_as = true, .steps = &steps, .reterr = &err};

		assert_true(filter_match(filter, &subject, &doubt));
		assert_non_null(err);
		assert_int_equal(doubt.times, 1);
		assert_true(steps < 1000);
		steps = FILTER_STEPS_MAX;
		doubt.times = 0;
		if (filters[i].has_patterns) {
			assert_false(filter_match(filter, &subject, &doubt));
			assert_int_equal(doubt.times, 0);
			assert_int_equal(steps, FILTER_STEPS_MAX - 3000);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(bad_filters),
		cmocka_unit_test(what_is_not_enabled),
		cmocka_unit_test(scope_of_types),
		cmocka_unit_test(asks_for_what_it_looks_at),
		cmocka_unit_test(bad_expressions),
		cmocka_unit_test(too_many_values),
		cmocka_unit_test(doubt_counts_as_asked),
		cmocka_unit_test(expressions_without_value_do_not_match),
		cmocka_unit_test(expressions_are_asked_last),
		cmocka_unit_test(expressions_beyond_their_limits_are_in_doubt),
		cmocka_unit_test(steps_are_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
