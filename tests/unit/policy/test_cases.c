// SPDX-License-Identifier: Apache-2.0
#include "made.h"

#include "base/cleanup.h"
#include "policy/cases.h"

#define HEAD "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata:\n  name: p\n"
#define SPEC "\nspec:\n  loader: true\n"
#define BLOCK(lines) HEAD "  annotations:\n    ocelli.io/tests: |\n" lines SPEC

struct scene {
	struct made made;
	struct policy_cases cases;
	struct diagnostics diags;
	struct str told;
};

static void set_up(struct scene *s, const char *text)
{
	*s = (struct scene){.cases = POLICY_CASES_INIT};
	made_read(&s->made, text, strlen(text));
	assert_true(s->made.policies.n > 0);
	assert_int_equal(
		policy_cases_read(&s->cases, s->made.policies.v[s->made.policies.n - 1], &s->diags),
		0);
	diagnostics_errors(&s->diags, 100000, &s->told);
	assert_non_null(str_cstr(&s->told));
}

static void tear_down(struct scene *s)
{
	made_done(&s->made);
	policy_cases_done(&s->cases);
	diagnostics_done(&s->diags);
	str_free(&s->told);
}

static void test_read(void **state)
{
	static const struct {
		const char *expect;
		uint64_t min, max;
	} expects[] = {
		{"0", 0, 0},   {"7", 7, 7},    {"1..", 1, UINT64_MAX},
		{"..3", 0, 3}, {"2..4", 2, 4}, {"\"5\"", 5, 5},
	};
	struct scene s;

	set_up(&s, HEAD SPEC);
	assert_int_equal(s.cases.n, 0);
	tear_down(&s);

	set_up(&s, BLOCK("      # both\n"
			 "      - {name: a, run: \"x 'y'\", action: NotifyEnforcer, seconds: 3}\n"
			 "      - run: |\n"
			 "          one\n"
			 "          two\n"));
	assert_string_equal(s.told.data, "");
	assert_int_equal(s.cases.n, 2);
	assert_string_equal(s.cases.v[0].name, "a");
	assert_string_equal(s.cases.v[0].run, "x 'y'");
	assert_int_equal(s.cases.v[0].action, 13);
	assert_int_equal(s.cases.v[0].seconds, 3);
	assert_string_equal(s.cases.v[1].run, "one\ntwo\n");
	assert_string_equal(s.cases.v[1].name, s.cases.v[1].run);
	assert_int_equal(s.cases.v[1].min, 1);
	assert_true(s.cases.v[1].max == UINT64_MAX);
	assert_int_equal(s.cases.v[1].action, -1);
	tear_down(&s);

	set_up(&s,
	       BLOCK("      - {event: {node_name: n}, expect: 0}\n"
		     "      - {file: x.json, selector: a}\n"
		     "      - {file: x.json, selector: \"kprobes[0].selectors[0]\"}\n") "  "
											"kprobes:"
											"\n  - "
											"{call: "
											"sys_dup, "
											"syscall: "
											"true, "
											"selectors:"
											" [{label: "
											"a}]}\n");
	assert_string_equal(s.told.data, "");
	assert_int_equal(s.cases.n, 3);
	assert_null(s.cases.v[0].run);
	assert_int_equal(s.cases.v[0].event->n, 1);
	assert_int_equal(s.cases.v[0].mark.line, 7);
	assert_int_equal(s.cases.v[0].mark.column, 17);
	assert_string_equal(s.cases.v[1].file, "x.json");
	assert_string_equal(s.cases.v[1].name, "x.json");
	assert_string_equal(s.cases.v[1].selector, "a");
	assert_string_equal(s.cases.v[2].selector, "kprobes[0].selectors[0]");
	tear_down(&s);

	for (size_t i = 0; i < ARRAY_SIZE(expects); i++) {
		char text[512];

		snprintf(text, sizeof(text),
			 HEAD "  annotations: {ocelli.io/tests: '[{run: x, expect: %s}]'}" SPEC,
			 expects[i].expect);
		set_up(&s, text);
		assert_string_equal(s.told.data, "");
		assert_true(s.cases.v[0].min == expects[i].min);
		assert_true(s.cases.v[0].max == expects[i].max);
		tear_down(&s);
	}
}

static void test_places(void **state)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
		{BLOCK("\n      - run: x\n      - {run: y, expect: x}\n"),
		 "f:9:26: error: \"expect\""},
		{BLOCK("        - runs: x\n"), "f:7:11: error: a test has no such field"},
		{BLOCK("        - {name: x}\n"), "f:7:11: error: a test has to have either"},
		{BLOCK("        - x\n"), "f:7:11: error: this is not a test"},
		{BLOCK("        - {run: [x]}\n"), "f:7:17: error: this is not a word"},
		{BLOCK("        - {run: \"\"}\n"), "f:7:17: error: \"run\" is no command"},
		{BLOCK("        - {run: x, expect: 3..1}\n"), "f:7:28: error: \"expect\""},
		{BLOCK("        - {run: x, expect: ..}\n"), "f:7:28: error: \"expect\""},
		{BLOCK("        - {run: x, seconds: 3601}\n"), "f:7:29: error: \"seconds\""},
		{BLOCK("        - {run: x, action: sigkill}\n"), "f:7:28: error: this is not an"},
		{BLOCK("        - {run: x, file: y}\n"),
		 "f:7:11: error: a test has to have either"},
		{BLOCK("        - {event: {}, file: y}\n"),
		 "f:7:11: error: a test has to have either"},
		{BLOCK("        - {file: \"\"}\n"), "f:7:18: error: \"file\" is no path"},
		{BLOCK("        - {event: x}\n"), "f:7:19: error: this is not an event"},
		{BLOCK("        - {file: y, seconds: 3}\n"),
		 "f:7:30: error: \"seconds\" is for comm"},
		{BLOCK("        - {run: x, selector: 'kprobes[0].selectors[0]'}\n"),
		 "f:7:30: error: the policy has no such selector"},
		{BLOCK("        a: b\n"), "f:7:9: error: this is not a list"},
		{BLOCK("        - *x\n"), "f:7:11: error"},
		/* In the second document lines are those of the file, too. */
		{HEAD SPEC "---\n" BLOCK("      - x\n"), "f:15:9: error: this is not a test"},
		{HEAD "  annotations: {ocelli.io/tests: \"[x]\"}" SPEC,
		 "f:5:36: error: this is not a test"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scene s;

		set_up(&s, cases[i].text);
		if (!strstr(s.told.data, cases[i].told))
			fail_msg("expected: %s\ngot: %s", cases[i].told, s.told.data);
		tear_down(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
