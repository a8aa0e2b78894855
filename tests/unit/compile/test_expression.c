// SPDX-License-Identifier: Apache-2.0
#include "compile/expression.h"
#include "base/macro.h"
#include "base/str.h"
#include "compile/emit.h"
#include "compile/evaluate.h"
#include "compile/machine.h"
#include "compile/planner.h"
#include "policy/policy.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ARGS 6
#define EXPRESSIONS 4000
#define EVENTS 20

/* Of one hook with values of all types. */
static const char hook_text[] =
	"apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: x}\n"
	"spec:\n  kprobes:\n  - call: f\n    syscall: false\n    args:\n"
	"    - {index: 0, type: int32}\n    - {index: 1, type: uint32}\n"
	"    - {index: 2, type: int64}\n    - {index: 3, type: uint64}\n"
	"    - {index: 4, type: string}\n    - {index: 5, type: cap_effective}\n";

struct scene {
	struct policies policies;
	struct diagnostics diags;
	struct plan_facts facts;
	struct arena arena;
	struct plan plan;
	struct planner planner;
	struct test test;
	struct plan_selector selector;
};

static int setup(void **state)
{
	static struct scene s;
	const struct policy_hook *hook;

	s = (struct scene){0};
	assert_int_equal(
		policies_read(&s.policies, &s.diags, "f", hook_text, sizeof(hook_text) - 1), 0);
	diagnostics_file(&s.diags, "f");
	hook = &s.policies.v[0]->spec.hooks[HOOK_KPROBE].v[0];
	assert_int_equal(plan_make(hook, &s.facts, &s.arena, &s.diags, &s.plan), 0);
	s.planner = (struct planner){.hook = hook,
				     .facts = &s.facts,
				     .arena = &s.arena,
				     .diags = &s.diags,
				     .captures = s.plan.captures};
	s.test.kind = TEST_EXPRESSION;
	s.selector = (struct plan_selector){.n = 1, .tests = &s.test, .actions.post = true};
	s.plan.name = "plan";
	s.plan.n_selectors = 1;
	s.plan.selectors = &s.selector;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	policies_done(&s->policies);
	diagnostics_done(&s->diags);
	arena_done(&s->arena);
	return 0;
}

/* Values of one call: as arguments, and as the evaluator has them. */
struct event {
	uint64_t args[ARGS];
	struct value values[ARGS];
	struct machine_value caps;
};

static void set_event(struct event *e, int32_t s32, uint32_t u32, int64_t s64, uint64_t u64,
		      const char *text, uint64_t caps)
{
	*e = (struct event){.args = {(uint32_t)s32, u32, (uint64_t)s64, u64, (uint64_t)text},
			    .values = {{.number = (uint64_t)(int64_t)s32},
				       {.number = u32},
				       {.number = (uint64_t)s64},
				       {.number = u64}}};
	e->values[4].fault = !text;
	e->values[4].string = (struct bytes){text, text ? strlen(text) : 0};
	memcpy(e->caps.bytes, &caps, sizeof(caps));
	e->caps.size = sizeof(caps);
	e->args[5] = (uint64_t)&e->caps;
	e->values[5].is_word = true;
	e->values[5].string = (struct bytes){e->caps.bytes, sizeof(caps)};
}

static void load(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)(8 * place)));
}

static const struct backend backend = {.load = load, .places = ARGS};

static void read_text(struct scene *s, const char *text)
{
	struct error *err = NULL;

	if (expression_read(&s->planner, text, &s->test.expressions, &err) < 0)
		fail_msg("%s: %s", text, err ? err->message : "?");
}

static void compile(struct scene *s, const char *text, struct code *code)
{
	read_text(s, text);
	assert_int_equal(
		emit_function(code, "plan", (const struct plan *[]){&s->plan}, 1, &backend), 0);
	assert_int_equal(code_finish(code), 0);
}

static bool runs(const struct code *code, const struct event *e)
{
	static struct machine m;

	machine_run(&m, code, "plan", (void *)(uintptr_t)e->args);
	return m.posted;
}

static void they_mean_what_they_say(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{"true", true},
		{"false", false},
		{"10 == 10", true},
		{"10u == 5u", false},
		{"(10 == 10) == (5 == 5)", true},
		{"(5 == 10) != (10 == 5)", false},
		{"int32(-1) == int32(4294967295)", true},
		{"uint32(6u) == uint32(17179869190u)", true},
		{"arg0 == int32(-5)", true},
		{"arg0 < int32(0) && arg1 > uint32(0u)", true},
		{"arg1 == uint32(4294967295u)", true},
		{"arg1 + uint32(1u) == uint32(0u)", true},
		{"arg1 > uint32(2147483648u)", true},
		{"arg2 == 7 || arg2 == -7", true},
		{"arg2 - 8 < 0", true},
		{"arg3 - 8u < 0u", false},
		{"arg3 - 8u > 1000u", true},
		{"and(arg3, 6u) == 6u", true},
		{"or(arg3, 8u) == 15u", true},
		{"xor(arg3, 1u) == 6u", true},
		{"not(arg0) == int32(4)", true},
		{"uint32(arg0) == uint32(4294967291u)", true},
		{"int(arg0) == -5", true},
		{"int(arg1) == 4294967295", true},
		{"!(arg0 == int32(-5))", false},
		{"arg4 == '/etc/passwd'", true},
		{"arg4 != '/etc/passwd'", false},
		{"'/etc/passwd' == arg4", true},
		{"arg4.startsWith('/etc/') && arg4.endsWith('wd')", true},
		{"arg4.contains('c/p')", true},
		{"arg4.contains('x') || arg4.startsWith('/usr')", false},
		{"arg4 in ['/etc/shadow', '/etc/passwd']", true},
		{"!(arg4 in ['/etc/shadow'])", true},
		{"arg2 in [1, 7, 9]", true},
		{"!(arg3 in [1u, 2u])", true},
		{"arg0 in [int32(-5), int32(1)]", true},
		{"arg1 in [uint32(-1)]", true},
		{"arg0 == int32(-5) ? arg2 == 7 : arg2 == 8", true},
		{"(arg0 > int32(0) ? arg2 : arg2 + 1) == 8", true},
		{"and(arg5, 3u) == 1u", true},
		{"1 + (2 + (3 + (4 + (5 + (6 + (7 + 8)))))) == 36", true},
	};
	struct scene *s = *state;
	struct event e;

	set_event(&e, -5, UINT32_MAX, 7, 7, "/etc/passwd", 5);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct code code = CODE_INIT;

		compile(s, cases[i].text, &code);
		if (runs(&code, &e) != cases[i].expected)
			fail_msg("%s: the code says something else", cases[i].text);
		if ((evaluate(&s->plan, e.values, NULL) == 0) != cases[i].expected)
			fail_msg("%s: the evaluator says something else", cases[i].text);
		code_done(&code);
	}
}

/* What it mentions has to be there, whether or not it decides. */
static void nothing_is_true_of_what_cannot_be_read(void **state)
{
	struct scene *s = *state;
	struct code code = CODE_INIT;
	struct event e;

	set_event(&e, 1, 1, 1, 1, NULL, 0);
	compile(s, "true || arg4 == 'x'", &code);
	assert_false(runs(&code, &e));
	assert_int_equal(evaluate(&s->plan, e.values, NULL), NO_SELECTOR);
	code_done(&code);
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *text, *message, *remedy;
	} cases[] = {
		{"arg0 == 1", "there is no int32 == int", "int32()"},
		{"arg0 + arg1 == arg0", "there is no int32 + uint32", "int32()"},
		{"arg9 == 1", "there is no value \"arg9\"", "arg0 is the first"},
		{"argx == 1", "there is no value \"argx\"", NULL},
		{"arg2", "has to be bool, and is int", NULL},
		{"arg2 && true", "has to be bool, and is int", NULL},
		{"!arg2", "there is no !int", NULL},
		{"arg4 < 'x'", "there is no string < string", NULL},
		{"arg4 == arg4", "compared with strings that are written", NULL},
		{"'x' == 'y'", "compared with values of the hook", NULL},
		{"arg2 * 2 == 4", "* is not for expressions in the kernel", "and()"},
		{"arg4.matches('x')", "matches is not for", NULL},
		{"arg2 in [1u]", "there is no int in uint", NULL},
		{"arg2 in arg4", "needs a list", NULL},
		{"arg2 == 1.5", "such literals are not", NULL},
		{"has(arg0.x)", "fields, lists, maps and macros", NULL},
		{"arg2 ==", "expected", NULL},
		{"1 + (2 + (3 + (4 + (5 + (6 + (7 + (8 + (9 + 1)))))))) == 36", "more than 8",
		 NULL},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;

		if (expression_read(&s->planner, cases[i].text, &s->test.expressions, &err) !=
		    -EINVAL)
			fail_msg("%s", cases[i].text);
		if (!strstr(err->message, cases[i].message))
			fail_msg("%s: %s", cases[i].text, err->message);
		if (cases[i].remedy && (!err->remedy || !strstr(err->remedy, cases[i].remedy)))
			fail_msg("%s: %s", cases[i].text, err->remedy ? err->remedy : "no remedy");
		assert_int_equal(err->line, 1);
	}
}

/* --- random ones */

static uint32_t seed;

static uint32_t pick(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(seed >> 8) * n >> 24);
}

static const int64_t numbers[] = {0,  1,         2,         7,         -1,         -2,
				  99, INT32_MAX, INT32_MIN, INT64_MAX, UINT32_MAX, 1LL << 40};
static const char *const words[] = {"", "/", "/etc", "/etc/passwd", "passwd", "d"};

static void append_number(struct str *out, enum expression_type type, unsigned depth);

static void append_bool(struct str *out, unsigned depth)
{
	static const char *const comparisons[] = {"==", "!=", "<", "<=", ">", ">="};
	static const char *const methods[] = {"startsWith", "endsWith", "contains"};
	enum expression_type type = EXPRESSION_S32 + pick(4);

	switch (pick(depth ? 8 : 4)) {
	case 0:
		str_appendf(out, "arg4.%s('%s')", methods[pick(3)], words[pick(6)]);
		return;
	case 1:
		str_appendf(out, "arg4 in ['%s', '%s']", words[pick(6)], words[pick(6)]);
		return;
	case 4:
		str_append_z(out, "!(");
		append_bool(out, depth - 1);
		str_append_z(out, ")");
		return;
	case 5:
	case 6:
		str_append_z(out, "(");
		append_bool(out, depth - 1);
		str_append_z(out, pick(2) ? " && " : " || ");
		append_bool(out, depth - 1);
		str_append_z(out, ")");
		return;
	case 7:
		str_append_z(out, "(");
		append_bool(out, depth - 1);
		str_append_z(out, pick(2) ? " ? " : " == true ? ");
		append_bool(out, depth - 1);
		str_append_z(out, " : ");
		append_bool(out, depth - 1);
		str_append_z(out, ")");
		return;
	default:
		str_append_z(out, "(");
		append_number(out, type, depth);
		str_appendf(out, " %s ", comparisons[pick(6)]);
		append_number(out, type, depth);
		str_append_z(out, ")");
	}
}

static void append_literal(struct str *out, enum expression_type type)
{
	int64_t v = numbers[pick(ARRAY_SIZE(numbers))];

	if (type == EXPRESSION_S32 || type == EXPRESSION_S64)
		str_appendf(out, type == EXPRESSION_S32 ? "int32(%lld)" : "%lld", (long long)v);
	else
		str_appendf(out, type == EXPRESSION_U32 ? "uint32(%lluu)" : "%lluu",
			    (unsigned long long)v);
}

static void append_number(struct str *out, enum expression_type type, unsigned depth)
{
	static const char *const casts[] = {[EXPRESSION_S32] = "int32",
					    [EXPRESSION_U32] = "uint32",
					    [EXPRESSION_S64] = "int64",
					    [EXPRESSION_U64] = "uint64"};
	static const char *const functions[] = {"and", "or", "xor"};

	switch (pick(depth ? 6 : 2)) {
	case 0:
		append_literal(out, type);
		return;
	case 1:
		str_appendf(out, type == EXPRESSION_U64 && pick(2) ? "arg5" : "arg%d",
			    type - EXPRESSION_S32);
		return;
	case 2:
		str_append_z(out, "(");
		append_number(out, type, depth - 1);
		str_append_z(out, pick(2) ? " + " : " - ");
		append_number(out, type, depth - 1);
		str_append_z(out, ")");
		return;
	case 3:
		str_appendf(out, "%s(", functions[pick(3)]);
		append_number(out, type, depth - 1);
		str_append_z(out, ", ");
		append_number(out, type, depth - 1);
		str_append_z(out, ")");
		return;
	case 4:
		str_appendf(out, "%s(", pick(2) ? "not" : casts[type]);
		append_number(out, type, depth - 1);
		str_append_z(out, ")");
		return;
	default:
		str_appendf(out, "%s(", casts[type]);
		append_number(out, EXPRESSION_S32 + pick(4), depth - 1);
		str_append_z(out, ")");
	}
}

static void random_event(struct event *e)
{
	int64_t v[5];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = numbers[pick(ARRAY_SIZE(numbers))];
	set_event(e, (int32_t)v[0], (uint32_t)v[1], v[2], (uint64_t)v[3],
		  pick(20) ? words[pick(6)] : NULL, (uint64_t)v[4]);
}

static void code_and_evaluator_agree(void **state)
{
	struct scene *s = *state;
	size_t yes = 0, no = 0;

	for (uint32_t i = 1; i <= EXPRESSIONS; i++) {
		_cleanup_str_ struct str text = STR_INIT;
		struct code code = CODE_INIT;

		seed = i;
		append_bool(&text, 4);
		compile(s, str_cstr(&text), &code);
		for (int j = 0; j < EVENTS; j++) {
			struct event e;
			bool expected;

			random_event(&e);
			expected = evaluate(&s->plan, e.values, NULL) == 0;
			if (runs(&code, &e) != expected)
				fail_msg("expression %u, event %d: %s", i, j, str_cstr(&text));
			yes += expected;
			no += !expected;
		}
		code_done(&code);
	}
	assert_true(yes > 10000 && no > 10000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(they_mean_what_they_say),
		TEST(nothing_is_true_of_what_cannot_be_read),
		TEST(what_is_refused),
		TEST(code_and_evaluator_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
