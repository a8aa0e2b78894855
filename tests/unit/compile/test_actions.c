// SPDX-License-Identifier: Apache-2.0
#include "compile/actions.h"
#include "abi/value.h"
#include "base/macro.h"
#include "compile/emit.h"
#include "compile/machine.h"
#include "unit.h"

#include <string.h>

/* What is done when a selector holds; what is posted, counted and limited test_emit.c has. */

#define SOCKET 0xffff888012345678ULL

static void load(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)(8 * place)));
}

static const struct backend of_calls = {.load = load, .places = 2, .kernel_pointers = true};
static const struct backend of_returns = {
	.load = load, .places = 1, .on_return = true, .kernel_pointers = true};

/* A socket, and a number that says which selector holds. */
struct scene {
	struct plan plan;
	struct capture captures[2];
	struct range ranges[4];
	struct test tests[4];
	struct plan_selector selectors[4];
	struct plan_socket sockets[4];
	struct machine_value socket;
	struct machine machine;
};

static struct scene scene;

static int setup(void **state)
{
	struct scene *s = *state = &scene;
	uint64_t cookie = SOCKET;

	*s = (struct scene){
		.captures = {{.kind = CAPTURE_READ, .reader = reader_of(ARG_TYPE_SOCK)},
			     {.kind = CAPTURE_NUMBER, .place = 1, .bits = 64}},
		.plan = {.hook = 7,
			 .name = "plan",
			 .n_captures = 2,
			 .captures = s->captures,
			 .n_selectors = 4,
			 .selectors = s->selectors,
			 .counters = machine_counters(0, 4),
			 .owners = MACHINE_OWNERS},
		.socket.size = sizeof(struct value_sock),
		.machine.self = {.start = 5, .pid = 10, .execs = 2},
	};
	memcpy(s->socket.bytes + offsetof(struct value_sock, cookie), &cookie, sizeof(cookie));
	for (size_t i = 0; i < ARRAY_SIZE(s->selectors); i++) {
		s->ranges[i] = (struct range){i, i};
		s->tests[i] = (struct test){
			.kind = TEST_RANGES, .capture = 1, .n = 1, .ranges = &s->ranges[i]};
		s->selectors[i] = (struct plan_selector){.n = 1,
							 .tests = &s->tests[i],
							 .actions.post = true,
							 .return_actions.post = true};
	}
	return 0;
}

static void set_socket(struct scene *s, size_t selector, bool track)
{
	s->sockets[selector] = (struct plan_socket){.capture = 0, .track = track};
	s->selectors[selector].actions.sockets = &s->sockets[selector];
	s->selectors[selector].actions.n_sockets = 1;
}

/* One call, by the process of that number, for which that selector holds. */
static void run(struct scene *s, const struct backend *backend, uint32_t pid, uint64_t first,
		uint64_t selector)
{
	const struct plan *plan = &s->plan;
	uint64_t args[] = {first, selector};
	struct code code = CODE_INIT;

	assert_int_equal(emit_function(&code, "plan", &plan, 1, backend), 0);
	assert_int_equal(code_finish(&code), 0);
	s->machine.self.pid = pid;
	machine_run(&s->machine, &code, "plan", args);
	code_done(&code);
}

static void call(struct scene *s, uint32_t pid, uint64_t selector)
{
	run(s, &of_calls, pid, (uint64_t)&s->socket, selector);
}

static void who_tracks_a_socket_has_it(void **state)
{
	struct scene *s = *state;
	const struct record_hook *record = &s->machine.scratch.record;

	set_socket(s, 1, true);
	set_socket(s, 2, false);
	call(s, 10, 0);
	assert_int_equal(record->process.pid, 10);
	call(s, 20, 1);
	assert_int_equal(s->machine.owned, SOCKET);
	assert_int_equal(record->process.pid, 20);
	/* Another, with whose start and thread it is told. */
	call(s, 30, 0);
	assert_true(s->machine.posted);
	assert_int_equal(record->process.pid, 20);
	assert_int_equal(record->tid, 21);
	/* Until it is nobody's: that is told of who had it. */
	call(s, 30, 2);
	assert_int_equal(record->process.pid, 20);
	assert_int_equal(s->machine.owned, 0);
	call(s, 30, 0);
	assert_int_equal(record->process.pid, 30);
	assert_int_equal(record->tid, 31);
}

static void what_could_not_be_read_is_nobodys(void **state)
{
	struct scene *s = *state;

	set_socket(s, 1, true);
	s->machine.scratch.slot[HOOK_SPARE].arg.status = HOOK_ARG_FAULT;
	run(s, &of_calls, 10, 0, 1);
	assert_true(s->machine.posted);
	assert_int_equal(s->machine.owned, 0);
}

static void without_a_post(void **state)
{
	struct scene *s = *state;

	set_socket(s, 1, true);
	s->selectors[1].actions.post = false;
	s->selectors[2].actions = (struct plan_actions){.asks_agent = true};
	call(s, 20, 1);
	assert_false(s->machine.posted || s->machine.silent);
	assert_int_equal(s->machine.owned, SOCKET);
	assert_int_equal(machine_counts(&s->machine, 1).nopost, 1);
	call(s, 30, 2);
	assert_true(s->machine.silent && !s->machine.posted);
	assert_int_equal(s->machine.n_args, 2);
	assert_int_equal(machine_counts(&s->machine, 2).nopost, 1);
}

static void what_is_returned(void **state)
{
	static const struct {
		uint64_t value;
		bool is_socket;
	} values[] = {{SOCKET, true}, {0, false}, {(uint64_t)-12, false}, {(uint64_t)-4095, false}};
	struct scene *s = *state;

	s->plan.tells_return = true;
	s->plan.returned = (struct capture){.kind = CAPTURE_NUMBER, .bits = 64};
	s->plan.returned_socket = RETURNED_TRACKED;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		for (int post = 0; post < 2; post++) {
			s->selectors[0].actions.post = post;
			s->machine.owned = 0;
			call(s, 20, 0);
			assert_int_equal(s->machine.posted, post);
			assert_int_equal(s->machine.call.hook, 7);
			run(s, &of_returns, 20, values[i].value, 0);
			assert_int_equal(s->machine.owned, values[i].is_socket ? SOCKET : 0);
			assert_int_equal(s->machine.posted, post);
			assert_false(s->machine.withdrawn);
		}
	}
	s->plan.returned_socket = RETURNED_UNTRACKED;
	s->machine.owned = SOCKET;
	call(s, 20, 0);
	run(s, &of_returns, 20, SOCKET, 0);
	assert_int_equal(s->machine.owned, 0);
}

static void check_effects(const struct scene *s, size_t selector, uint64_t signal,
			  uint64_t override)
{
	struct hook_counts counts = machine_counts(&s->machine, selector);

	assert_int_equal(counts.monitored[HOOK_EFFECT_SIGNAL], signal);
	assert_int_equal(counts.monitored[HOOK_EFFECT_OVERRIDE], override);
	assert_int_equal(counts.monitored[HOOK_EFFECT_NOTIFY_ENFORCER], 0);
}

static void what_would_be_done_is_counted(void **state)
{
	struct scene *s = *state;

	for (int post = 0; post < 2; post++) {
		s->selectors[1].actions = (struct plan_actions){
			.post = post,
			.monitored = {[HOOK_EFFECT_SIGNAL] = 2, [HOOK_EFFECT_OVERRIDE] = 1}};
		call(s, 20, 1);
		assert_int_equal(s->machine.posted, post);
		check_effects(s, 1, 2, 1);
		call(s, 20, 0);
		check_effects(s, 1, 0, 0);
	}
	/* Whether there is room to tell of it or not. */
	s->machine.busy = true;
	call(s, 20, 1);
	assert_false(s->machine.posted);
	s->machine.busy = false;
}

/* Selector 0 holds when that is 5. */
static void filter_return(struct scene *s)
{
	static const struct range five = {5, 5};
	static const struct test test = {.kind = TEST_RANGES, .n = 1, .ranges = &five};

	s->plan.tells_return = true;
	s->plan.returned = (struct capture){.kind = CAPTURE_NUMBER, .bits = 64};
	s->selectors[0].returns = &test;
	s->selectors[0].n_returns = 1;
}

static void what_would_be_done_on_return_is_counted(void **state)
{
	struct scene *s = *state;

	filter_return(s);
	s->selectors[0].return_actions.monitored[HOOK_EFFECT_OVERRIDE] = 1;
	for (int post = 0; post < 2; post++) {
		s->selectors[0].actions.post = post;
		for (uint64_t value = 4; value <= 6; value++) {
			call(s, 20, 0);
			check_effects(s, 0, 0, 0);
			run(s, &of_returns, 20, value, 0);
			check_effects(s, 0, 0, value == 5);
			assert_int_equal(s->machine.posted, post && value == 5);
			assert_int_equal(s->machine.withdrawn, post && value != 5);
		}
	}
}

static void what_is_not_told_of_is_done_when_it_returns(void **state)
{
	const struct plan_limit limit = {.ns = 1000, .all = true};
	struct scene *s = *state;

	filter_return(s);
	s->selectors[0].return_actions.monitored[HOOK_EFFECT_OVERRIDE] = 1;
	s->selectors[0].actions.limits = &limit;
	s->selectors[0].actions.n_limits = 1;
	for (int full = 0; full < 2; full++) {
		for (uint64_t value = 4; value <= 5; value++) {
			s->machine.limits = full ? 0 : 1;
			s->machine.full = full;
			call(s, 20, 0);
			assert_int_equal(machine_counts(&s->machine, 0).limited, !full);
			assert_int_equal(machine_counts(&s->machine, 0).lost, full);
			s->machine.full = false;
			run(s, &of_returns, 20, value, 0);
			check_effects(s, 0, 0, value == 5);
			assert_false(s->machine.posted || s->machine.withdrawn);
			assert_int_equal(machine_counts(&s->machine, 0).nopost, 0);
		}
	}
	/* With nothing to do then, nobody waits for it. */
	s->selectors[0].return_actions.monitored[HOOK_EFFECT_OVERRIDE] = 0;
	s->machine.full = true;
	s->machine.limits = 0;
	call(s, 20, 0);
	assert_int_equal(s->machine.call.hook, 0);
}

static void what_could_not_be_withdrawn_is_told(void **state)
{
	struct scene *s = *state;

	filter_return(s);
	for (int full = 0; full < 2; full++) {
		s->machine.full = false;
		call(s, 20, 0);
		s->machine.full = full;
		run(s, &of_returns, 20, 4, 0);
		assert_int_equal(s->machine.withdrawn, !full);
		assert_int_equal(machine_counts(&s->machine, 0).nopost, !full);
	}
}

static void what_found_no_room_is_counted(void **state)
{
	struct scene *s = *state;

	for (int at_once = 0; at_once < 2; at_once++) {
		s->captures[0].kind = at_once ? CAPTURE_NOTHING : CAPTURE_READ;
		for (int full = 0; full < 2; full++) {
			s->machine.full = full;
			call(s, 20, 1);
			assert_int_equal(s->machine.at_once, at_once);
			assert_int_equal(s->machine.posted, !full);
			assert_int_equal(machine_counts(&s->machine, 1).lost, full);
			assert_int_equal(machine_counts(&s->machine, 0).lost, 0);
		}
	}
}

static void what_found_no_room_is_not_limited(void **state)
{
	const struct plan_limit limit = {.ns = 1000, .all = true};
	struct scene *s = *state;

	s->selectors[1].actions.limits = &limit;
	s->selectors[1].actions.n_limits = 1;
	s->machine.full = true;
	for (uint64_t selector = 0; selector < 3; selector++) {
		call(s, 20, selector);
		assert_int_equal(s->machine.forgotten, selector == 1);
	}
	s->machine.full = false;
	call(s, 20, 1);
	assert_false(s->machine.forgotten);
}

static void check_limit(const struct plan_limit *asked, const struct plan_limit *of)
{
	assert_int_equal(asked->ns, of->ns);
	assert_int_equal(asked->by, of->by);
	assert_int_equal(asked->all, of->all);
	assert_int_equal(asked->n, of->n);
	for (size_t i = 0; i < of->n; i++) {
		assert_int_equal(asked->values[i].index, of->values[i].index);
		assert_int_equal(asked->values[i].part.offset, of->values[i].part.offset);
		assert_int_equal(asked->values[i].part.bits, of->values[i].part.bits);
	}
}

/* Of two limits the second is asked when the first has something. */
static void what_makes_the_same(void **state)
{
	const struct layout *sock = reader_of(ARG_TYPE_SOCK)->layout;
	const struct plan_limit_value values[] = {
		{.index = 1},
		{.index = 0, .part = sock->fields[PART_DADDR]},
		{.index = 0, .part = sock->fields[PART_DPORT]},
	};
	const struct plan_limit limits[] = {
		{.ns = 5ULL << 40, .by = HOOK_LIMIT_PROCESS | HOOK_LIMIT_THREAD, .all = true},
		{.ns = 7, .by = HOOK_LIMIT_BINARY, .n = ARRAY_SIZE(values), .values = values},
	};
	struct scene *s = *state;

	s->selectors[1].actions.limits = limits;
	s->selectors[1].actions.n_limits = ARRAY_SIZE(limits);
	for (size_t over = 0; over <= ARRAY_SIZE(limits); over++) {
		s->machine.limits = over;
		call(s, 20, 1);
		check_limit(&s->machine.limit, &limits[MIN(over, 1)]);
		assert_int_equal(s->machine.posted, over < ARRAY_SIZE(limits));
		assert_int_equal(machine_counts(&s->machine, 1).limited, over == 2);
	}
	call(s, 20, 0);
	assert_int_equal(s->machine.asked, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_tracks_a_socket_has_it),
		TEST(what_could_not_be_read_is_nobodys),
		TEST(without_a_post),
		TEST(what_is_returned),
		TEST(what_would_be_done_is_counted),
		TEST(what_would_be_done_on_return_is_counted),
		TEST(what_is_not_told_of_is_done_when_it_returns),
		TEST(what_could_not_be_withdrawn_is_told),
		TEST(what_found_no_room_is_counted),
		TEST(what_found_no_room_is_not_limited),
		TEST(what_makes_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
