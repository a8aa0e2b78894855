// SPDX-License-Identifier: Apache-2.0
#include "compile/notices.h"
#include "base/macro.h"
#include "compile/emit.h"
#include "compile/machine.h"
#include "unit.h"

#include <string.h>

enum { NOTIFIES, CLEANS, OTHERS, SELECTORS };
enum { HOOK, ENFORCER, PLANS };

static void load(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, 0));
}

static const struct backend of_calls = {.load = load, .places = 1};
static const struct verdicts no_verdicts;

/* A hook whose selectors are for the number of their index, and an enforcer. */
struct scene {
	struct machine machine;
	struct capture capture;
	struct range ranges[SELECTORS];
	struct test tests[SELECTORS];
	struct plan_selector selectors[SELECTORS];
	struct plan plans[PLANS];
	struct range calls[2];
	struct test native, compat;
};

static int setup(void **state)
{
	static struct scene s;

	s = (struct scene){.capture = {.kind = CAPTURE_NUMBER, .bits = 64}};
	for (size_t i = 0; i < SELECTORS; i++) {
		s.ranges[i] = (struct range){i, i};
		s.tests[i] = (struct test){.kind = TEST_RANGES, .n = 1, .ranges = &s.ranges[i]};
		s.selectors[i] = (struct plan_selector){.n = 1, .tests = &s.tests[i]};
	}
	s.plans[HOOK] = (struct plan){
		.hook = 1,
		.n_captures = 1,
		.captures = &s.capture,
		.n_selectors = SELECTORS,
		.selectors = s.selectors,
		.notices = MACHINE_NOTICES,
		.counters = machine_counters(0, SELECTORS),
	};
	s.plans[ENFORCER] = (struct plan){
		.hook = 2,
		.enforces = true,
		.notices = MACHINE_NOTICES,
		.counters = machine_counters(SELECTORS, 1),
	};
	s.selectors[CLEANS].actions.effects.cleans = true;
	*state = &s;
	return 0;
}

static void notifies(struct scene *s, int error, uint16_t signal)
{
	struct plan_effects *effects = &s->selectors[NOTIFIES].actions.effects;

	effects->notifies = true;
	effects->notice = (struct hook_notice){error, signal, 1};
}

static int64_t run(struct scene *s, size_t plan, uint64_t *context)
{
	const struct plan *plans[] = {&s->plans[plan]};
	struct code code = CODE_INIT;

	assert_int_equal(emit_program(&code, plans, 1, &of_calls, &no_verdicts), 0);
	machine_run(&s->machine, &code, NULL, context);
	code_done(&code);
	return s->machine.returned;
}

static int64_t hit(struct scene *s, uint64_t number)
{
	uint64_t context[] = {number, number};

	return run(s, HOOK, context);
}

static int64_t enforce(struct scene *s)
{
	return run(s, ENFORCER, (uint64_t[]){0, 0});
}

static struct hook_counts counts(const struct scene *s, size_t i)
{
	return machine_counts(&s->machine, i);
}

static void what_is_notified_is_done_once(void **state)
{
	struct scene *s = *state;

	s->plans[ENFORCER].denies = true;
	notifies(s, -13, 10);
	assert_int_equal(enforce(s), 0);
	assert_int_equal(hit(s, OTHERS), 0);
	assert_int_equal(enforce(s), 0);
	assert_int_equal(hit(s, NOTIFIES), 0);
	assert_int_equal(counts(s, NOTIFIES).done[HOOK_EFFECT_NOTIFY_ENFORCER], 1);
	assert_int_equal(counts(s, NOTIFIES).overwritten, 0);
	assert_int_equal(s->machine.signals, 0);
	assert_int_equal(enforce(s), -13);
	assert_int_equal(s->machine.signal, 10);
	assert_int_equal(counts(s, SELECTORS).done[HOOK_EFFECT_SIGNAL], 1);
	assert_int_equal(counts(s, SELECTORS).done[HOOK_EFFECT_OVERRIDE], 1);
	assert_int_equal(enforce(s), 0);
	assert_int_equal(s->machine.signals, 0);
}

static void either_alone(void **state)
{
	struct scene *s = *state;

	s->plans[ENFORCER].denies = true;
	notifies(s, -1, 0);
	hit(s, NOTIFIES);
	assert_int_equal(enforce(s), -1);
	assert_int_equal(s->machine.signals, 0);
	notifies(s, 0, 9);
	hit(s, NOTIFIES);
	assert_int_equal(enforce(s), 0);
	assert_int_equal(s->machine.signal, 9);
}

static void what_no_call_has_seen_is_counted(void **state)
{
	struct scene *s = *state;

	notifies(s, 0, 9);
	hit(s, CLEANS);
	assert_int_equal(counts(s, CLEANS).cleaned, 0);
	hit(s, NOTIFIES);
	assert_int_equal(counts(s, NOTIFIES).overwritten, 0);
	hit(s, NOTIFIES);
	assert_int_equal(counts(s, NOTIFIES).overwritten, 1);
	hit(s, CLEANS);
	assert_int_equal(counts(s, CLEANS).cleaned, 1);
	hit(s, CLEANS);
	assert_int_equal(counts(s, CLEANS).cleaned, 0);
	enforce(s);
	assert_int_equal(s->machine.signals, 0);
}

static void without_memory_of(struct scene *s, int error, uint16_t signal, int sent)
{
	notifies(s, error, signal);
	hit(s, NOTIFIES);
	assert_int_equal(s->machine.signals, 1);
	assert_int_equal(s->machine.signal, sent);
	assert_int_equal(counts(s, NOTIFIES).failed, 1);
}

/* What cannot be kept is not let pass. */
static void without_memory(void **state)
{
	struct scene *s = *state;

	s->machine.no_memory = true;
	without_memory_of(s, 0, 10, 10);
	without_memory_of(s, -13, 10, 9);
	without_memory_of(s, -13, 0, 9);
	hit(s, CLEANS);
	assert_int_equal(enforce(s), 0);
}

static void at_the_beginning_of_an_enforced_call(void **state)
{
	struct scene *s = *state;

	s->plans[HOOK].entry = ENTRY_OF_ENFORCED;
	notifies(s, 0, 9);
	hit(s, NOTIFIES);
	assert_int_equal(s->machine.signal, 9);
	assert_false(s->machine.noticed);
	assert_int_equal(counts(s, NOTIFIES).done[HOOK_EFFECT_NOTIFY_ENFORCER], 1);
	assert_int_equal(counts(s, NOTIFIES).done[HOOK_EFFECT_SIGNAL], 1);
}

static void notify_of_call(struct scene *s, uint64_t number)
{
	uint64_t context[] = {NOTIFIES, number};

	run(s, HOOK, context);
}

static void at_the_beginning_of_any_call(void **state)
{
	struct scene *s = *state;

	s->plans[HOOK].entry = ENTRY_BY_WORD;
	s->calls[0] = (struct range){8, 8};
	s->calls[1] = (struct range){19, 19};
	s->native = (struct test){.kind = TEST_RANGES, .n = 1, .ranges = &s->calls[0]};
	s->compat = (struct test){.kind = TEST_RANGES, .n = 1, .ranges = &s->calls[1]};
	s->plans[HOOK].enforced = (struct plan_calls){&s->native, &s->compat};
	notifies(s, 0, 9);
	for (int compat = 0; compat < 2; compat++) {
		s->machine.compat = compat;
		notify_of_call(s, compat ? 19 : 8);
		assert_int_equal(s->machine.signals, 1);
		assert_int_equal(s->machine.notice.given, 0);
		notify_of_call(s, compat ? 8 : 19);
		assert_int_equal(s->machine.signals, 0);
		assert_int_equal(s->machine.notice.given, 1);
		enforce(s);
	}
	/* The number is an int in the record of one call. */
	s->plans[HOOK].entry = ENTRY_BY_INT;
	s->machine.compat = false;
	notify_of_call(s, 1ULL << 32 | 8);
	assert_int_equal(s->machine.signals, 1);
	/* None are known of the other table. */
	s->plans[HOOK].enforced.compat = NULL;
	s->machine.compat = true;
	notify_of_call(s, 19);
	assert_int_equal(s->machine.signals, 0);
}

static void what_is_denied_waits_for_the_enforcer(void **state)
{
	struct scene *s = *state;

	s->plans[HOOK].entry = ENTRY_OF_ENFORCED;
	notifies(s, -1, 9);
	hit(s, NOTIFIES);
	assert_int_equal(s->machine.signals, 0);
	assert_int_equal(s->machine.notice.given, 1);
}

static void the_agent_is_spared(void **state)
{
	struct scene *s = *state;

	notifies(s, -1, 9);
	s->machine.spared = true;
	hit(s, NOTIFIES);
	assert_false(s->machine.noticed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		TEST(what_is_notified_is_done_once),         TEST(either_alone),
		TEST(what_no_call_has_seen_is_counted),      TEST(without_memory),
		TEST(at_the_beginning_of_an_enforced_call),  TEST(at_the_beginning_of_any_call),
		TEST(what_is_denied_waits_for_the_enforcer), TEST(the_agent_is_spared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
