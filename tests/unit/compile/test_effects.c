// SPDX-License-Identifier: Apache-2.0
#include "compile/effects.h"
#include "base/macro.h"
#include "compile/emit.h"
#include "compile/machine.h"
#include "compile/process.h"
#include "unit.h"

#define PLANS 3
#define SELECTORS 2

static void load(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, 0));
}

static const struct backend of_calls = {.load = load, .places = 1};
static const struct verdicts no_verdicts;
static const int signals[] = {18, 9};

/* Each selector is for the number of its index. */
struct scene {
	struct machine machine;
	struct capture capture;
	struct range ranges[SELECTORS];
	struct test tests[SELECTORS];
	struct plan_selector selectors[PLANS][SELECTORS];
	struct plan plans[PLANS];
};

static int setup(void **state)
{
	static struct scene s;

	s = (struct scene){.capture = {.kind = CAPTURE_NUMBER, .bits = 64}};
	for (size_t i = 0; i < SELECTORS; i++) {
		s.ranges[i] = (struct range){i, i};
		s.tests[i] = (struct test){.kind = TEST_RANGES, .n = 1, .ranges = &s.ranges[i]};
	}
	for (size_t i = 0; i < PLANS; i++) {
		for (size_t j = 0; j < SELECTORS; j++)
			s.selectors[i][j] = (struct plan_selector){.n = 1, .tests = &s.tests[j]};
		s.plans[i] = (struct plan){
			.hook = 1 + (uint32_t)i,
			.n_captures = 1,
			.captures = &s.capture,
			.n_selectors = SELECTORS,
			.selectors = s.selectors[i],
			.counters = machine_counters(SELECTORS * (uint32_t)i, SELECTORS)};
	}
	*state = &s;
	return 0;
}

static void call(struct scene *s, size_t n_plans, uint64_t number)
{
	const struct plan *plans[PLANS] = {&s->plans[0], &s->plans[1], &s->plans[2]};
	struct code code = CODE_INIT;

	assert_int_equal(emit_program(&code, plans, n_plans, &of_calls, &no_verdicts), 0);
	machine_run(&s->machine, &code, NULL, &number);
	code_done(&code);
}

static struct plan_effects *effects_of(struct scene *s, size_t plan, size_t selector)
{
	return &s->selectors[plan][selector].actions.effects;
}

static struct hook_counts counts_of(const struct scene *s, size_t plan, size_t selector)
{
	return machine_counts(&s->machine, SELECTORS * plan + selector);
}

static void signals_are_sent(void **state)
{
	struct scene *s = *state;

	*effects_of(s, 0, 1) = (struct plan_effects){.n_signals = 2, .signals = signals};
	call(s, 1, 0);
	assert_int_equal(s->machine.signals, 0);
	call(s, 1, 1);
	assert_int_equal(s->machine.signals, 2);
	assert_int_equal(s->machine.signal, 9);
	assert_int_equal(s->machine.returned, 0);
	assert_int_equal(counts_of(s, 0, 1).done[HOOK_EFFECT_SIGNAL], 2);
	assert_int_equal(counts_of(s, 0, 1).failed, 0);
}

static void what_the_kernel_does_not_send_has_failed(void **state)
{
	struct scene *s = *state;

	*effects_of(s, 0, 1) = (struct plan_effects){.n_signals = 2, .signals = signals};
	s->machine.refuses = true;
	call(s, 1, 1);
	assert_int_equal(counts_of(s, 0, 1).done[HOOK_EFFECT_SIGNAL], 0);
	assert_int_equal(counts_of(s, 0, 1).failed, 2);
}

static void told_or_not(void **state)
{
	struct scene *s = *state;

	*effects_of(s, 0, 1) = (struct plan_effects){
		.n_signals = 1, .signals = signals, .overrides = true, .returned = -13};
	s->selectors[0][1].actions.post = true;
	for (int full = 0; full < 2; full++) {
		s->machine.full = full;
		call(s, 1, 1);
		assert_int_equal(s->machine.posted, !full);
		assert_int_equal(s->machine.signals, 1);
		assert_int_equal(s->machine.returned, -13);
	}
}

static void the_first_says_what_is_returned(void **state)
{
	struct scene *s = *state;

	*effects_of(s, 1, 1) = (struct plan_effects){.overrides = true, .returned = -13};
	*effects_of(s, 2, 1) = (struct plan_effects){.overrides = true, .returned = -1};
	*effects_of(s, 2, 0) = (struct plan_effects){.overrides = true, .returned = -2};
	call(s, PLANS, 1);
	assert_int_equal(s->machine.returned, -13);
	assert_int_equal(counts_of(s, 1, 1).done[HOOK_EFFECT_OVERRIDE], 1);
	assert_int_equal(counts_of(s, 2, 1).done[HOOK_EFFECT_OVERRIDE], 1);
	call(s, PLANS, 0);
	assert_int_equal(s->machine.returned, -2);
	call(s, PLANS, 7);
	assert_int_equal(s->machine.returned, 0);
}

static void what_is_returned_is_said_by_a_helper(void **state)
{
	struct scene *s = *state;

	*effects_of(s, 0, 1) = (struct plan_effects){.overrides = true, .returned = -13};
	s->plans[0].by_helper = true;
	call(s, 1, 0);
	assert_int_equal(s->machine.overridden, 0);
	call(s, 1, 1);
	assert_int_equal(s->machine.overridden, -13);
	assert_int_equal(s->machine.returned, 0);
}

static void the_agent_is_spared(void **state)
{
	struct scene *s = *state;

	*effects_of(s, 0, 1) = (struct plan_effects){
		.n_signals = 1, .signals = signals, .overrides = true, .returned = -13};
	s->machine.spared = true;
	call(s, 1, 1);
	assert_int_equal(s->machine.signals, 0);
	assert_int_equal(s->machine.returned, 0);
	assert_int_equal(counts_of(s, 0, 1).done[HOOK_EFFECT_SIGNAL], 0);
}

/* Whatever is tested is behind a pointer, and there is no room to read it. */
static void what_cannot_be_tested_is_denied(void **state)
{
	static const struct bytes secret = {"secret", 6};
	struct scene *s = *state;

	s->capture = (struct capture){.kind = CAPTURE_STRING};
	for (size_t i = 0; i < SELECTORS; i++)
		s->tests[i] = (struct test){.kind = TEST_POSTFIX, .n = 1, .strings = &secret};
	*effects_of(s, 1, 1) = (struct plan_effects){.overrides = true, .returned = -13};
	call(s, 2, (uint64_t)"public");
	assert_int_equal(s->machine.returned, 0);
	s->machine.busy = true;
	call(s, 1, (uint64_t)"public");
	assert_int_equal(s->machine.returned, 0);
	call(s, 2, (uint64_t)"public");
	assert_int_equal(s->machine.returned, -13);
	assert_int_equal(counts_of(s, 1, 1).failed, 1);
	s->machine.spared = true;
	call(s, 2, (uint64_t)"public");
	assert_int_equal(s->machine.returned, 0);
	s->machine.spared = false;
	call(s, 2, (uint64_t)"public");
	assert_int_equal(counts_of(s, 1, 1).done[HOOK_EFFECT_OVERRIDE], 0);
}

/* Who makes the call: also when all else is known. */
static void who_cannot_be_tested_is_denied(void **state)
{
	static const struct range host = {1, 1};
	static const struct caller other = {0};
	struct process_test process = {
		.value = PROCESS_HOST,
		.test = {.kind = TEST_RANGES, .n = 1, .ranges = &host},
	};
	struct scene *s = *state;

	s->selectors[1][1].process = &process;
	s->selectors[1][1].n_process = 1;
	s->machine.subject = &other;
	*effects_of(s, 1, 1) = (struct plan_effects){.overrides = true, .returned = -13};
	call(s, 2, 1);
	assert_int_equal(s->machine.returned, 0);
	s->machine.busy = true;
	call(s, 2, 1);
	assert_int_equal(s->machine.returned, -13);
	assert_int_equal(counts_of(s, 1, 1).failed, 1);
	call(s, 2, 0);
	assert_int_equal(s->machine.returned, 0);
}

static void what_would_be_done_is_counted(void **state)
{
	struct scene *s = *state;

	s->selectors[0][1].actions.monitored[HOOK_EFFECT_OVERRIDE] = 1;
	s->selectors[0][1].actions.monitored[HOOK_EFFECT_SIGNAL] = 2;
	call(s, 1, 1);
	assert_int_equal(s->machine.signals, 0);
	assert_int_equal(s->machine.returned, 0);
	assert_int_equal(counts_of(s, 0, 1).monitored[HOOK_EFFECT_SIGNAL], 2);
	assert_int_equal(counts_of(s, 0, 1).monitored[HOOK_EFFECT_OVERRIDE], 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		TEST(signals_are_sent),
		TEST(what_the_kernel_does_not_send_has_failed),
		TEST(told_or_not),
		TEST(the_first_says_what_is_returned),
		TEST(what_is_returned_is_said_by_a_helper),
		TEST(the_agent_is_spared),
		TEST(what_cannot_be_tested_is_denied),
		TEST(who_cannot_be_tested_is_denied),
		TEST(what_would_be_done_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
