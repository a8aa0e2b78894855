// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/getevents_setup.h"
#include "event/json.h"

#include <errno.h>
#include <pty.h>
#include <stdlib.h>

struct fixture {
	struct getevents_settings settings;
	struct options options;
	struct getevents_request request;
	struct event_filter filter;
	struct field_filters fields;
};

static void setup(struct fixture *f, const char *name, const char *value)
{
	*f = (struct fixture){
		.options = {.specs = getevents_command.options, .n = getevents_command.n_options},
	};
	f->options.settings = &f->settings;
	assert_int_equal(options_init(&f->options), 0);
	if (name)
		assert_int_equal(options_set(&f->options, name, value, name, false, NULL), 0);
}

static void teardown(struct fixture *f)
{
	options_done(&f->options);
	getevents_request_done(&f->request);
	event_filter_free(&f->filter);
	field_filters_free(&f->fields);
}

static int make_filter(struct fixture *f, struct error **reterr)
{
	int r = getevents_request_init(&f->request, &f->settings, reterr);

	return r < 0 ? r : getevents_setup_filter(&f->request, &f->filter, reterr);
}

static bool passes(struct fixture *f, const char *json)
{
	ProtobufCMessage *msg;
	bool pass;

	assert_int_equal(json_read(&tetragon__get_events_response__descriptor, json, strlen(json),
				   &msg, NULL),
			 0);
	pass = event_filter_pass(&f->filter, (const Tetragon__GetEventsResponse *)msg, NULL);
	protobuf_c_message_free_unpacked(msg, NULL);
	return pass;
}

#define IN_POD(content) "{\"process_exec\":{\"process\":{\"pod\":{" content "}}}}"
#define ON_HOST "{\"process_exec\":{\"process\":{\"binary\":\"/bin/ls\"}}}"

static void filters(void **state)
{
	static const struct {
		const char *name, *value, *passes, *fails;
	} cases[] = {
		{"event-types", "PROCESS_EXEC", ON_HOST, "{\"process_exit\":{}}"},
		{"event-types", "process_exit,TEST", "{\"test\":{}}", ON_HOST},
		{"namespace", "a,b", IN_POD("\"namespace\":\"b\""), IN_POD("\"namespace\":\"c\"")},
		{"namespaces", "a,b", IN_POD("\"namespace\":\"b\""), ON_HOST},
		{"namespace-regex", "^a", IN_POD("\"namespace\":\"ab\""), ON_HOST},
		{"host", "true", ON_HOST, IN_POD("\"namespace\":\"b\"")},
		{"pod", "a+", IN_POD("\"name\":\"bab\""), IN_POD("\"name\":\"b\"")},
		{"pods", "a+", IN_POD("\"name\":\"bab\""), IN_POD("\"name\":\"b\"")},
		{"containers", "^a", IN_POD("\"container\":{\"name\":\"a\"}"), ON_HOST},
		{"process", "ls$", ON_HOST, IN_POD("")},
		{"processes", "ls$", ON_HOST, IN_POD("")},
		{"policy-names", "p", "{\"process_lsm\":{\"policy_name\":\"p\"}}", ON_HOST},
		{"cel-expression", "process_exec.process.binary == '/bin/ls'", ON_HOST, IN_POD("")},
		{"cel-expression", "process_exec.process.binary == '/bin/ls'", ON_HOST,
		 "{\"process_exit\":{\"process\":{\"binary\":\"/bin/ls\"}}}"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(teardown) struct fixture f;

		setup(&f, cases[i].name, cases[i].value);
		assert_int_equal(make_filter(&f, NULL), 0);
		assert_true(passes(&f, cases[i].passes));
		assert_false(passes(&f, cases[i].fails));
	}
}

static void no_options_no_filter(void **state)
{
	_cleanup_(teardown) struct fixture f;

	setup(&f, NULL, NULL);
	assert_int_equal(make_filter(&f, NULL), 0);
	assert_int_equal(getevents_setup_fields(&f.request, &f.fields, NULL), 0);
	assert_true(passes(&f, "{}"));
	assert_true(passes(&f, ON_HOST));
}

static void options_of_two_names(void **state)
{
	_cleanup_(teardown) struct fixture f;

	setup(&f, "namespace", "a");
	assert_int_equal(options_set(&f.options, "namespaces", "b", "x", false, NULL), 0);
	assert_int_equal(options_set(&f.options, "host", "true", "x", false, NULL), 0);
	assert_int_equal(make_filter(&f, NULL), 0);
	assert_true(passes(&f, IN_POD("\"namespace\":\"a\"")));
	assert_true(passes(&f, IN_POD("\"namespace\":\"b\"")));
	assert_true(passes(&f, ON_HOST));
	assert_false(passes(&f, IN_POD("\"namespace\":\"c\"")));
}

static void bad_values(void **state)
{
	static const struct {
		const char *name, *value, *message;
	} cases[] = {
		{"event-types", "PROCESS_EXE", "--event-types: there is no type \"PROCESS_EXE\""},
		{"process", "(", "binary_regex: bad regular expression"},
		{"include-fields", "proces", "--include-fields: \"proces\" is no field"},
		{"exclude-fields", "process.x", "--exclude-fields: \"process.x\" is no field"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_(teardown) struct fixture f;
		int r;

		setup(&f, cases[i].name, cases[i].value);
		r = make_filter(&f, &err);
		if (r == 0)
			r = getevents_setup_fields(&f.request, &f.fields, &err);
		assert_int_equal(r, -EINVAL);
		assert_memory_equal(err->message, cases[i].message, strlen(cases[i].message));
	}
}

/* Commas separate expressions, but those within one belong to it. */
static void lists_of_expressions(void **state)
{
	static const struct {
		const char *value;
		size_t n;
		const char *last;
	} cases[] = {
		{"true", 1, "true"},
		{"true,false , true", 3, "true"},
		{"1 in [1,2]", 1, "1 in [1, 2]"},
		{"f(a, b), g(c,[d])", 2, "g(c, [d])"},
		{"{'a': 1, 'b': [2, 3]}['b'][1] == 3", 1, "{'a': 1, 'b': [2, 3]}['b'][1] == 3"},
		{"'(' == a, b", 2, "b"},
		{"\"'[\" == a, b", 2, "b"},
		{"'it\\'s (' == a, b", 2, "b"},
		{"r'\\' == a, b", 2, "b"},
		{"bR\"\\\" == a, b", 2, "b"},
		{"'\\\\' == a, b", 2, "b"},
		{"'' == a, b", 2, "b"},
		{"'''it's (''' == a, b", 2, "b"},
		{"\"\"\"\\\"\"\"\"\"\" == a, b", 2, "b"},
		{") == a, b", 2, "b"},
		{"(a, b", 1, "(a, b"},
		{"a == 'b", 1, "a == 'b"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(teardown) struct fixture f;

		setup(&f, "cel-expression", cases[i].value);
		make_filter(&f, NULL);
		if (f.settings.expressions.n != cases[i].n)
			fail_msg("%s: %zu", cases[i].value, f.settings.expressions.n);
		assert_string_equal(f.settings.expressions.v[cases[i].n - 1], cases[i].last);
	}
}

static void bad_expressions(void **state)
{
	static const struct {
		const char *value, *text;
	} cases[] = {
		{"process_exec.process.binry == 'x'",
		 "--cel-expression: expression:1:22: tetragon.Process has no field \"binry\" (did "
		 "you mean \"binary\"?)"},
		{"[1, 2].exists(x, x == 1), tru",
		 "--cel-expression: expression 2:1:1: there is no variable \"tru\""},
		{"process_exec.process.binary == 'x",
		 "--cel-expression: expression:1:32: the string that begins here does not end on "
		 "its line"},
		{"process_exec.process.binary == 'a, b'",
		 "--cel-expression: a string that does not end before a comma (a comma in a string "
		 "is written \\x2c)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_(teardown) struct fixture f;
		_cleanup_free_ char *text = NULL;

		setup(&f, "cel-expression", cases[i].value);
		assert_int_equal(make_filter(&f, &err), -EINVAL);
		text = error_text(err);
		assert_string_equal(text, cases[i].text);
	}
}

static void the_types_are_told_in_order(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_(teardown) struct fixture f;

	setup(&f, "event-types", "x");
	assert_int_equal(make_filter(&f, &err), -EINVAL);
	assert_non_null(strstr(err->remedy, "PROCESS_EXEC, PROCESS_EXIT, PROCESS_KPROBE"));
}

static bool colored(const char *when, int fd)
{
	_cleanup_(teardown) struct fixture f;

	setup(&f, "color", when);
	return getevents_setup_style(&f.settings, fd).color;
}

static void colours(void **state)
{
	int terminal, other, fds[2];

	assert_int_equal(openpty(&terminal, &other, NULL, NULL, NULL), 0);
	assert_int_equal(pipe(fds), 0);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");

	assert_true(colored("auto", other));
	assert_false(colored("auto", fds[1]));
	assert_true(colored("always", fds[1]));
	assert_false(colored("never", other));

	setenv("NO_COLOR", "1", 1);
	assert_false(colored("auto", other));
	assert_true(colored("always", other));
	setenv("NO_COLOR", "", 1);
	assert_true(colored("auto", other));
	setenv("TERM", "dumb", 1);
	assert_false(colored("auto", other));

	close(terminal);
	close(other);
	close(fds[0]);
	close(fds[1]);
}

static void style_follows_the_options(void **state)
{
	_cleanup_(teardown) struct fixture f;
	struct compact_style style;

	setup(&f, NULL, NULL);
	style = getevents_setup_style(&f.settings, -1);
	assert_false(style.timestamps);
	assert_true(style.stack_traces);
	assert_true(style.ima_hash);
	assert_int_equal(options_set(&f.options, "timestamps", "true", "x", false, NULL), 0);
	assert_int_equal(options_set(&f.options, "stack-traces", "false", "x", false, NULL), 0);
	assert_int_equal(options_set(&f.options, "ima-hash", "false", "x", false, NULL), 0);
	style = getevents_setup_style(&f.settings, -1);
	assert_true(style.timestamps);
	assert_false(style.stack_traces);
	assert_false(style.ima_hash);
}

/* What completion offers for --event-types is all that there is. */
static void event_types_are_offered(void **state)
{
	const ProtobufCEnumDescriptor *types = &tetragon__event_type__descriptor;
	const struct option_spec *spec = getevents_command.options;
	size_t n = 0;

	while (strcmp(spec->name, "event-types") != 0)
		spec++;
	for (; spec->choices[n]; n++)
		assert_non_null(
			protobuf_c_enum_descriptor_get_value_by_name(types, spec->choices[n]));
	/* But UNDEF. */
	assert_int_equal(n, types->n_values - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(event_types_are_offered),
		cmocka_unit_test(filters),
		cmocka_unit_test(no_options_no_filter),
		cmocka_unit_test(options_of_two_names),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(lists_of_expressions),
		cmocka_unit_test(bad_expressions),
		cmocka_unit_test(the_types_are_told_in_order),
		cmocka_unit_test(colours),
		cmocka_unit_test(style_follows_the_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
