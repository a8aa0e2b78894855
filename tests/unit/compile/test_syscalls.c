// SPDX-License-Identifier: Apache-2.0
#include "compile/syscalls.h"
#include "base/macro.h"
#include "compile/machine.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 120
#define PROGRAMS 200

/* The context is that of sys_enter, with an argument behind it. */
static void load(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, 16));
}

static const struct backend native = {.load = load, .places = 1};
static const struct backend compat = {.load = load, .places = 1, .compat = true};

static const struct verdicts no_verdicts;

struct plans {
	struct plan v[2 * NUMBERS];
	char names[2 * NUMBERS][16];
	struct syscall_plan calls[2 * NUMBERS];
	size_t n;
};

/* Hook 1 + 2 * number + table, for some calls of each. */
static void make_plans(struct plans *p)
{
	p->n = 0;
	for (uint32_t number = 0; number < NUMBERS; number++) {
		for (uint32_t table = 0; table < 2; table++) {
			struct plan *plan = &p->v[p->n];

			if (rand() % 3)
				continue;
			snprintf(p->names[p->n], sizeof(p->names[p->n]), "hook_%u_%u", number,
				 table);
			*plan = (struct plan){.hook = 1 + 2 * number + table,
					      .name = p->names[p->n]};
			p->calls[p->n++] =
				(struct syscall_plan){number, table ? &compat : &native, plan};
		}
	}
}

static uint32_t wanted(const struct plans *p, uint32_t number, bool table)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->calls[i].number == number && p->calls[i].backend->compat == table)
			return p->calls[i].plan->hook;
	return 0;
}

static void each_call_is_of_its_table(void **state)
{
	static struct machine m;
	static struct plans p;

	srand(1);
	for (int i = 0; i < PROGRAMS; i++) {
		struct code code = CODE_INIT;

		make_plans(&p);
		assert_int_equal(emit_syscalls(&code, p.calls, p.n, &no_verdicts), 0);
		for (uint64_t number = 0; number < NUMBERS + 2; number++) {
			for (int table = 0; table < 2; table++) {
				uint32_t hook = wanted(&p, (uint32_t)number, table);

				m.compat = table;
				machine_run(&m, &code, NULL, (uint64_t[]){0, number, 0});
				assert_int_equal(m.posted, hook != 0);
				assert_int_equal(m.hook, hook);
			}
		}
		code_done(&code);
	}
}

/* Each return may cost more than all that is compared. */
static void what_is_nobodys_calls_nothing(void **state)
{
	static struct machine m;
	static const struct capture captures[] = {{.kind = CAPTURE_NUMBER, .bits = 32}};
	static const struct range wanted = {77, 77};
	static const struct test test = {.kind = TEST_RANGES, .n = 1, .ranges = &wanted};
	static const struct plan_selector selector = {.n = 1, .tests = &test, .actions.post = true};
	const struct plan plan = {.hook = 7,
				  .name = "hook_7",
				  .n_captures = 1,
				  .captures = captures,
				  .n_selectors = 1,
				  .selectors = &selector};
	const struct syscall_plan calls[] = {{8, &native, &plan}, {19, &compat, &plan}};
	struct code code = CODE_INIT;

	assert_int_equal(emit_syscalls(&code, calls, ARRAY_SIZE(calls), &no_verdicts), 0);
	machine_run(&m, &code, NULL, (uint64_t[]){0, 9, 77});
	assert_int_equal(m.functions, 0);
	machine_run(&m, &code, NULL, (uint64_t[]){0, 8, 76});
	assert_int_equal(m.functions, 0);
	machine_run(&m, &code, NULL, (uint64_t[]){0, 8, 77});
	assert_true(m.posted);
	assert_int_not_equal(m.functions, 0);
	code_done(&code);
}

/* A "long" of 32-bit programs: -5 and 2^32 - 5. */
static void words_of_32_bits(void **state)
{
	static struct machine m;
	static const struct capture captures[] = {
		{.kind = CAPTURE_NUMBER, .bits = 64, .is_signed = true},
	};
	static const struct range negative = {(uint64_t)INT64_MIN, (uint64_t)-1};
	static const struct test test = {
		.kind = TEST_RANGES, .is_signed = true, .n = 1, .ranges = &negative};
	static const struct plan_selector selector = {.n = 1, .tests = &test, .actions.post = true};
	const struct plan plan = {.hook = 7,
				  .name = "hook_7",
				  .n_captures = 1,
				  .captures = captures,
				  .n_selectors = 1,
				  .selectors = &selector};
	const struct syscall_plan calls[] = {{3, &native, &plan}, {3, &compat, &plan}};
	struct code code = CODE_INIT;

	assert_int_equal(emit_syscalls(&code, calls, ARRAY_SIZE(calls), &no_verdicts), 0);
	m.compat = true;
	machine_run(&m, &code, NULL, (uint64_t[]){0, 3, 0xfffffffb});
	assert_true(m.posted);
	m.compat = false;
	machine_run(&m, &code, NULL, (uint64_t[]){0, 3, 0xfffffffb});
	assert_false(m.posted);
	machine_run(&m, &code, NULL, (uint64_t[]){0, 3, (uint64_t)-5});
	assert_true(m.posted);
	assert_int_equal(m.tables, 2);
	/* It takes longer to ask for the table than to see that nothing matches. */
	machine_run(&m, &code, NULL, (uint64_t[]){0, 3, 5});
	assert_false(m.posted);
	assert_int_equal(m.tables, 0);
	code_done(&code);
}

/* Of one program on many functions. */
static void a_cookie_says_which_hook(void **state)
{
	static struct machine m;
	static const struct backend end = {.load = load, .places = 1, .on_return = true};
	const struct plan plan = {.hook = 7,
				  .name = "plan",
				  .by_cookie = true,
				  .tells_return = true,
				  .returned = {.kind = CAPTURE_NUMBER, .bits = 64}};
	const struct plan *plans[] = {&plan};
	struct code call = CODE_INIT, returned = CODE_INIT;

	assert_int_equal(emit_function(&call, "plan", plans, 1, &native), 0);
	assert_int_equal(emit_function(&returned, "plan", plans, 1, &end), 0);
	assert_int_equal(code_finish(&call), 0);
	assert_int_equal(code_finish(&returned), 0);
	m.cookie = 11;
	machine_run(&m, &call, "plan", (uint64_t[]){0, 0, 0});
	assert_true(m.posted);
	assert_int_equal(m.hook, 11);
	m.cookie = 12;
	machine_run(&m, &returned, "plan", (uint64_t[]){0, 0, 0});
	assert_false(m.posted);
	m.cookie = 11;
	machine_run(&m, &returned, "plan", (uint64_t[]){0, 0, 0});
	assert_true(m.posted);
	code_done(&call);
	code_done(&returned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_is_of_its_table),
		cmocka_unit_test(what_is_nobodys_calls_nothing),
		cmocka_unit_test(words_of_32_bits),
		cmocka_unit_test(a_cookie_says_which_hook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
