// SPDX-License-Identifier: Apache-2.0
/* Compiling and evaluating as a whole: limits, errors, memory. */
#include "cel_test.h"

#include "cel/limit.h"
#include "event/scarce.h"

#include <errno.h>
#include <string.h>

static void test_program(void **state)
{
	_cleanup_(cel_program_free) struct cel_program *p = NULL;
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(NULL, NULL);
	struct cel_value value;

	assert_int_equal(cel_compile("x + 1 == 8 && s == 'text'", &test_env, &p, NULL), 0);
	assert_int_equal(cel_program_type(p)->kind, CEL_BOOL);
	assert_int_equal(cel_program_mentions(p), 1 << VAR_X | 1 << VAR_S);
	assert_int_equal(cel_eval(p, a, &value, NULL), 0);
	assert_true(value.kind == CEL_BOOL && value.boolean);
	cel_activation_set(a, VAR_X, cel_int(8));
	assert_int_equal(cel_eval(p, a, &value, NULL), 0);
	assert_false(value.boolean);
	cel_activation_clear(a);
	assert_int_equal(cel_eval(p, a, &value, NULL), -EDOM);
}

static void test_freeing(void **state)
{
	struct cel_program *p = NULL;
	struct cel_activation *a = NULL;

	cel_program_free(&p);
	cel_activation_free(&a);
	assert_int_equal(cel_compile("1", &test_env, &p, NULL), 0);
	cel_program_free(&p);
	assert_null(p);
}

/* On failure, what is returned is as it was. */
static void test_errors(void **state)
{
	static const struct {
		const char *text, *error;
		int code;
	} cases[] = {
		{"x +", "expression:1:4: expected an expression, but the expression ends", -EINVAL},
		{"\n y", "expression:2:2: there is no variable \"y\"", -EINVAL},
		{"u == 1", "expression:1:3: there is no uint == int (write 1u, which is a uint)",
		 -EINVAL},
		{"99999999999999999999",
		 "expression:1:1: 99999999999999999999 is out of the range of int", -ERANGE},
		{"s.matches('(')",
		 "expression:1:11: bad regular expression: missing closing parenthesis at offset 1",
		 -EINVAL},
	};
	struct cel_program *p = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *text = NULL;

		assert_int_equal(cel_compile(cases[i].text, &test_env, &p, &err), cases[i].code);
		assert_int_equal(cel_compile(cases[i].text, &test_env, &p, NULL), cases[i].code);
		assert_null(p);
		assert_int_equal(err->code, cases[i].code);
		text = error_text(err);
		assert_string_equal(text, cases[i].error);
	}
}

static void test_result(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"true", NULL},
		{"process_exec.process.in_init_tree", NULL},
		{"1", "expression:1:1: the expression must be bool, but is int (compare it with "
		      "something)"},
		{"x + 1",
		 "expression:1:3: the expression must be bool, but is int (compare it with "
		 "something)"},
		{"null",
		 "expression:1:1: the expression must be bool, but is null_type (compare it "
		 "with something)"},
		{"d", "expression:1:1: the expression must be bool, but is dyn (compare it with "
		      "something, or put bool() round it)"},
		{"bool(d)", NULL},
	};
	struct cel_env env = test_env;

	env.result = CEL_BOOL;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(cel_program_free) struct cel_program *p = NULL;
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *text = NULL;
		int r = cel_compile(cases[i].text, &env, &p, &err);

		assert_int_equal(r, cases[i].error ? -EINVAL : 0);
		text = err ? error_text(err) : NULL;
		if (cases[i].error)
			assert_string_equal(text, cases[i].error);
	}
}

static void test_faults(void **state)
{
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(NULL, NULL);
	static const struct test_case cases[] = {
		{"x == 1 ||\n 1 / (x - 7) == 1", "! expression:2:4: division by zero"},
		{"map_of_int.z", "! expression:1:12: no such key: \"z\""},
		{"list_of_int.exists(e, e / 0 == e)", "! expression:1:25: division by zero"},
		{"none", "! expression:1:1: the variable has no value here: \"none\""},
		{"d + d + 'a'", "! expression:1:7: there is no double + string"},
	};

	test_cases(cases, ARRAY_SIZE(cases), a);
}

/* Evaluates, and returns the code; the error's text in *ret_text. */
static int evaluate(const char *expression, struct cel_activation *a, char **ret_text)
{
	_cleanup_(cel_program_free) struct cel_program *p = NULL;
	_cleanup_error_ struct error *err = NULL;
	struct cel_value value;
	int r;

	if (cel_compile(expression, &test_env, &p, &err) < 0)
		fail_msg("%s: %s", expression, err->message);
	r = cel_eval(p, a, &value, &err);
	*ret_text = err ? error_text(err) : NULL;
	return r;
}

#define TEN "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"

static void test_steps(void **state)
{
	static const char few[] = TEN ".all(a, " TEN ".all(b, " TEN ".all(c, a + b + c < 100)))";
	static const char many[] = TEN ".all(a, " TEN ".all(b, " TEN ".all(c, " TEN ".all(d, " TEN
				       ".all(e, " TEN ".all(f, true))))))";
	/* Neither || nor a macro goes on when the steps are used up. */
	static const char absorbed[] =
		"[1].exists(x, true && " TEN ".all(a, " TEN ".all(b, " TEN ".all(c, " TEN
		".all(d, " TEN ".all(e, " TEN ".all(f, true)))))) || true)";
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(NULL, NULL);
	_cleanup_free_ char *text = NULL, *text_many = NULL, *text_absorbed = NULL;

	assert_int_equal(evaluate(few, a, &text), 0);
	assert_int_equal(evaluate(many, a, &text_many), -E2BIG);
	assert_non_null(strstr(text_many, "the evaluation takes too many steps (the limits are "
					  "1000000 steps and 16777216 bytes)"));
	assert_int_equal(evaluate(absorbed, a, &text_absorbed), -E2BIG);
}

static void test_memory(void **state)
{
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(NULL, NULL);
	_cleanup_str_ struct str text = STR_INIT;
	_cleanup_free_ char *error = NULL;

	str_append_lit(&text, "[s]");
	for (int i = 0; i < 60; i++)
		str_append_lit(&text, ".map(e, e + e)");
	str_append_lit(&text, " == [] || true");
	assert_non_null(str_cstr(&text));
	assert_int_equal(evaluate(text.data, a, &error), -E2BIG);
	assert_non_null(strstr(error, "the evaluation takes too much memory"));
}

/* Steps are taken for bytes, not only for operations. */
static void test_costs(void **state)
{
	static const char *const costly[] = {
		"s == t",
		"s <= t",
		"!s.contains('zz')",
		"s.size() > 0",
		"s.indexOf('z') < 0",
		"s.trim() != ''",
		"s.startsWith(t)",
		"s.endsWith(t)",
		"!s.matches('z')",
		"s.substring(1) != ''",
		"s.split('z') != []",
		"[s].join('') != ''",
		"s.lowerAscii() != ''",
		"s.replace('z', 'y') != ''",
		"s + 'a' != ''",
		"string(b) != ''",
		"t in [s]",
		"{s: 1}[t] == 1",
		"t in {s: 1}",
	};
	static char text[1024 * 1024], same[sizeof(text)];
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(NULL, NULL);

	memset(text, 'a', sizeof(text));
	memset(same, 'a', sizeof(same));
	cel_activation_set(a, VAR_S, cel_string(text, sizeof(text)));
	cel_activation_set(a, VAR_T, cel_string(same, sizeof(same)));
	cel_activation_set(a, VAR_B, cel_bytes(text, sizeof(text)));
	for (size_t i = 0; i < ARRAY_SIZE(costly); i++) {
		_cleanup_free_ char *once = NULL, *expression = NULL, *error = NULL;

		once = test_evaluate(costly[i], a);
		assert_string_equal(once, "true");
		assert_true(asprintf(&expression, TEN ".all(x, " TEN ".all(y, %s))", costly[i]) >
			    0);
		assert_int_equal(evaluate(expression, a, &error), -E2BIG);
	}
}

/* Values can be nested deeper than expressions, but not compared. */
static void test_deep_values(void **state)
{
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(NULL, NULL);
	_cleanup_str_ struct str text = STR_INIT;
	_cleanup_free_ char *error = NULL;

	for (int side = 0; side < 2; side++) {
		str_append_lit(&text, "[dyn(x)]");
		for (int i = 0; i < 100; i++)
			str_append_lit(&text, ".map(e, dyn([[[[[e]]]]]))");
		if (side == 0)
			str_append_lit(&text, " == ");
	}
	assert_non_null(str_cstr(&text));
	assert_int_equal(evaluate(text.data, a, &error), -EDOM);
	assert_non_null(strstr(error, "the values are nested too deep to be compared"));
}

/* As deep as an expression can be, in every way. */
static void test_deep_expressions(void **state)
{
	static const struct {
		const char *before, *inner, *after;
		unsigned levels;
	} shapes[] = {
		{"(", "x == 7", ")", 255},
		{"[", "1", "]", 255},
		{"{1: ", "1", "}", 255},
		{"-", "x", "", 255},
		{"size([", "x", "])", 126},
		{"1 + (", "x", ")", 254},
		{"list_of_int.all(e, ", "e > 0", ")", 250},
		{"list_of_int.map(e, ", "e", ")", 5},
		{"true ? (", "x", ") : 0", 254},
		{"true && (x == 0 || ", "x == 7", ")", 126},
	};
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(NULL, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		_cleanup_str_ struct str text = STR_INIT;
		_cleanup_free_ char *got = NULL;

		for (unsigned n = 0; n < shapes[i].levels; n++)
			str_append_z(&text, shapes[i].before);
		str_append_z(&text, shapes[i].inner);
		for (unsigned n = 0; n < shapes[i].levels; n++)
			str_append_z(&text, shapes[i].after);
		got = test_evaluate(str_cstr(&text), a);
		if (*got == '?' || (*got == '!' && !strstr(got, "too many steps")))
			fail_msg("%s…: %s", shapes[i].before, got);
	}
}

/* What an evaluation needed is used again: none of a thousand allocates. */
static void test_no_allocation(void **state)
{
	_cleanup_(cel_program_free) struct cel_program *p = NULL;
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(NULL, NULL);
	struct cel_value value;

	assert_int_equal(cel_compile("[s, string(x) + s].map(e, e + 'a').join(',').matches(s) && "
				     "s.replace('t', 'tt').split('x') != [] && 'a'.matches(s + "
				     "'|a') && {s: x}[s] == 7 && (none == 1 || true)",
				     &test_env, &p, NULL),
			 0);
	assert_int_equal(cel_eval(p, a, &value, NULL), 0);
	assert_true(value.boolean);
	scarce_after(0);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(cel_eval(p, a, &value, NULL), 0);
		assert_true(value.boolean);
	}
	assert_false(scarce_end());
}

/* Compiles and evaluates with the @nth allocation failing. Returns whether there was one. */
static bool run_out(const char *expression, unsigned nth)
{
	_cleanup_(cel_program_free) struct cel_program *p = NULL;
	_cleanup_(cel_activation_free) struct cel_activation *a = NULL;
	_cleanup_error_ struct error *err = NULL;
	struct cel_value value;
	bool ran_out;
	int r;

	scarce_after(nth);
	r = cel_activation_new(&test_env, &a);
	if (r >= 0) {
		cel_activation_set(a, VAR_X, cel_int(7));
		cel_activation_set(a, VAR_S, cel_string("text", 4));
		r = cel_compile(expression, &test_env, &p, &err);
	}
	if (r >= 0)
		r = cel_eval(p, a, &value, &err);
	ran_out = scarce_end();
	/* Of an error that was to be told, only the text may be missing. */
	assert_true(!ran_out || r == -ENOMEM || r == 0 || r == -EINVAL || r == -EDOM);
	return ran_out;
}

static void test_out_of_memory(void **state)
{
	static const char *const expressions[] = {
		"[s, string(x)].map(e, e + 'a').join(',').matches('^t') && x in [1, 7]",
		"process_exec.process.pid == EventType.PROCESS_EXEC",
		"tetragon.EventType.PROCES_EXEC == 1",
		"s.replace('t', string(x)).matches(s + '(')",
		"{s: [1u, dyn(x)]}.text[0] == 1u ? [] + [process_exec] : []",
		"process_exec.ancestors.filter(p, p.pid == 1)",
	};

	for (size_t i = 0; i < ARRAY_SIZE(expressions); i++) {
		unsigned n = 0;

		while (run_out(expressions[i], n))
			n++;
		assert_in_range(n, 4, 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),       cmocka_unit_test(test_freeing),
		cmocka_unit_test(test_errors),        cmocka_unit_test(test_result),
		cmocka_unit_test(test_faults),        cmocka_unit_test(test_steps),
		cmocka_unit_test(test_memory),        cmocka_unit_test(test_costs),
		cmocka_unit_test(test_deep_values),   cmocka_unit_test(test_deep_expressions),
		cmocka_unit_test(test_no_allocation), cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
