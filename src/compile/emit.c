// SPDX-License-Identifier: Apache-2.0
#include "compile/emit.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "compile/actions.h"
#include "compile/effects.h"
#include "compile/emit_expression.h"
#include "compile/emit_numbers.h"
#include "compile/emit_stack.h"
#include "compile/emit_test.h"
#include "compile/emit_value.h"
#include "compile/limits.h"
#include "compile/notices.h"
#include "compile/process.h"
#include "compile/scratch.h"
#include "compile/writes.h"

#include <errno.h>
#include <stddef.h>

/* So many strings have their beginning there. The stack has 512 bytes. */
#define GLANCES 2
#define SLOT_EXPRESSION (SLOT_GLANCES - GLANCES * GLANCE - 8) /* downwards */

/* Whose place a string has: none. */
#define UNTESTED (-1)

/*
 * R6 is the context, R8 what the program returns where that overrides something
 * (or which selector changes what: compile/writes.h) and, once a scratch is taken, R7 the scratch.
 * Most calls of what is hooked are nobody's business: so numbers are tested first, with nothing but
 * registers, and then how strings begin, on the stack. Only when a selector may hold, a scratch is
 * taken, what else is tested is read, and all is tested.
 */
struct emitter {
	struct code *code;
	const struct plan *plan;
	const struct backend *backend;
	const struct capture *captures; /* that tests are about */
	int place[HOOK_STRINGS];        /* capture of each value that is read to be tested */
	int n_places;
	bool asks_table;      /* calls of the other table come by, too */
	struct label scratch; /* take one, and test those */
	struct label post;
	struct label leave;
	/* It cannot be tested, for no scratch is free. If the plan overrides, then the call is not
	 * allowed: also @blind_within a scratch, when a process can be unknown. */
	struct label blind, blind_within;
	bool overrides, unknown;
	struct label out;
};

static bool is_read(const struct emitter *e, const struct test *test)
{
	if (test->kind != TEST_EXPRESSION)
		return !is_plain(&e->captures[test->capture]);
	for (size_t i = 0; i < test->expressions->n; i++)
		if (!is_plain(&e->captures[test->expressions->captures[i]]))
			return true;
	return false;
}

static int place_of(const struct emitter *e, size_t capture)
{
	for (int i = 0; i < e->n_places; i++)
		if (e->place[i] == (int)capture)
			return i;
	return UNTESTED;
}

static int take_place(struct emitter *e, size_t capture)
{
	if (place_of(e, capture) != UNTESTED)
		return 0;
	if (e->n_places == HOOK_STRINGS)
		return -E2BIG;
	e->place[e->n_places++] = (int)capture;
	return 0;
}

static int take_mentioned(struct emitter *e, const struct expressions *all)
{
	int r = 0;

	for (size_t i = 0; i < all->n && r >= 0; i++)
		if (!is_plain(&e->captures[all->captures[i]]))
			r = take_place(e, all->captures[i]);
	return r;
}

static int take_places(struct emitter *e, const struct test *tests, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		if (tests[i].kind == TEST_EXPRESSION)
			r = take_mentioned(e, tests[i].expressions);
		else if (is_read(e, &tests[i]))
			r = take_place(e, tests[i].capture);
		if (r >= 0 && tests[i].kind == TEST_GAINED)
			r = take_place(e, tests[i].second);
	}
	return r;
}

static int length_slot(int place)
{
	return SLOT_LENGTHS - 8 * place;
}

/* Of what was read, in the scratch. */
static int value_offset(int place, const struct part *field)
{
	return (int)(offsetof(struct hook_scratch, slot) +
		     (size_t)place * sizeof(struct hook_slot) + offsetof(struct hook_slot, bytes) +
		     field->offset);
}

/* Goes to @no when it was not read: then nothing is true of it. */
static void check_read(struct emitter *e, size_t capture, struct label no)
{
	code_add(e->code, INSN_LOAD(R1, FP, (int16_t)length_slot(place_of(e, capture))));
	code_jump_if(e->code, BPF_JSLT, R1, 0, no);
}

static void emit_read_test(struct emitter *e, const struct test *test, struct label yes,
			   struct label no)
{
	int place = place_of(e, test->capture);
	int offset = value_offset(place, &test->field);

	switch (test->kind) {
	case TEST_RANGES:
	case TEST_MASK:
		emit_load_field(e->code, R1, offset, test->field.exists ? test->field.bits : 64);
		emit_number_test(e->code, test, yes, no);
		break;
	case TEST_GAINED:
		emit_load_field(e->code, R2, value_offset(place_of(e, test->second), &test->field),
				test->field.bits);
		emit_load_field(e->code, R1, offset, test->field.bits);
		emit_gained(e->code, yes, no);
		break;
	case TEST_NETWORKS:
		emit_network_test(e->code, test, offset, value_offset(place, &test->family), yes,
				  no);
		break;
	case TEST_SUBSTRING:
	case TEST_SUBSTRING_NOCASE:
		emit_find(e->code, test, offset, length_slot(place), yes, no);
		break;
	default:
		emit_string_test(e->code, test, offset, length_slot(place), yes, no);
	}
}

/* --- expressions: about several values */

static void load_mentioned(void *context, size_t capture)
{
	static const struct part word = {.bits = 64};
	struct emitter *e = context;
	const struct capture *c = &e->captures[capture];

	if (is_plain(c))
		emit_load_plain(e->code, e->backend, R1, c);
	else
		emit_load_field(e->code, R1, value_offset(place_of(e, capture), &word), word.bits);
}

static void test_mentioned(void *context, const struct test *test, struct label yes,
			   struct label no)
{
	struct emitter *e = context;

	if (is_read(e, test)) {
		emit_read_test(e, test, yes, no);
		return;
	}
	load_mentioned(e, test->capture);
	emit_number_test(e->code, test, yes, no);
}

static void emit_expression_test(struct emitter *e, const struct expressions *all, struct label yes,
				 struct label no)
{
	const struct expression_values values = {e, load_mentioned, test_mentioned};

	for (size_t i = 0; i < all->n; i++)
		if (!is_plain(&e->captures[all->captures[i]]))
			check_read(e, all->captures[i], no);
	emit_expression(e->code, all->top, &values, SLOT_EXPRESSION, yes, no);
}

static void emit_test(struct emitter *e, const struct test *test, struct label no)
{
	struct label yes = code_label(e->code);

	if (test->kind == TEST_EXPRESSION) {
		emit_expression_test(e, test->expressions, yes, no);
	} else if (!is_read(e, test)) {
		emit_load_plain(e->code, e->backend, R1, &e->captures[test->capture]);
		emit_number_test(e->code, test, test->negate ? no : yes, test->negate ? yes : no);
	} else {
		check_read(e, test->capture, no);
		if (test->kind == TEST_GAINED)
			check_read(e, test->second, no);
		emit_read_test(e, test, test->negate ? no : yes, test->negate ? yes : no);
	}
	code_here(e->code, yes);
}

/* Returns whether there were any. */
static bool emit_tests(struct emitter *e, const struct plan_selector *s, bool read, struct label no)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		if (is_read(e, &s->tests[i]) != read)
			continue;
		emit_test(e, &s->tests[i], no);
		any = true;
	}
	return any;
}

static void emit_matched(struct emitter *e, size_t selector, struct label post, struct label quiet)
{
	bool posts = actions_of(e->plan, selector, false)->post;
	unsigned renews = e->plan->n_selectors ? process_renews(&e->plan->selectors[selector]) : 0;

	code_add(e->code, INSN_STORE_IMM(FP, SLOT_SELECTOR, (int32_t)selector));
	if (renews) {
		code_add(e->code, INSN_MOV(R1, (int32_t)renews));
		code_call(e->code, "hook_renew_baseline");
	}
	if (!posts)
		emit_count(e->code, e->plan, offsetof(struct hook_counts, nopost), 1);
	emit_effects(e->code, e->plan, selector, false);
	code_jump(e->code, posts || has_to_act(e->plan, selector) ? post : quiet);
}

static int glance_offset(int place)
{
	return SLOT_GLANCES - GLANCE * (place + 1);
}

/* Where the beginning of the string is that is tested; UNTESTED: not on the stack. */
static int glance_place(const struct emitter *e, const struct test *test)
{
	bool is_string = e->captures[test->capture].kind == CAPTURE_STRING;
	int place = UNTESTED;

	if (is_string && can_glance(test))
		place = place_of(e, test->capture);
	return place < GLANCES ? place : UNTESTED;
}

/* Numbers that a path leads to, before they are read to be told. */
static void emit_number_glances(struct emitter *e, const struct plan_selector *s, struct label no)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct test *test = &s->tests[i];
		const struct capture *c = &e->captures[test->capture];
		struct label yes;

		if (test->kind == TEST_EXPRESSION || c->kind != CAPTURE_NUMBER || is_plain(c))
			continue;
		yes = code_label(e->code);
		emit_load_number(e->code, e->backend, c, no);
		code_add(e->code, INSN_MOV_REG(R1, R3));
		emit_number_test(e->code, test, test->negate ? no : yes, test->negate ? yes : no);
		code_here(e->code, yes);
	}
}

/* An array of characters need not have a NUL: one is put behind it. */
static size_t glance_room(const struct emitter *e, int place)
{
	const struct access_path *path = e->captures[e->place[place]].path;

	return path && path->size && path->size < GLANCE ? path->size + 1 : GLANCE;
}

static void emit_glances(struct emitter *e, const struct plan_selector *s, struct label no)
{
	bool wanted[GLANCES] = {0};

	for (size_t i = 0; i < s->n; i++)
		if (glance_place(e, &s->tests[i]) != UNTESTED)
			wanted[glance_place(e, &s->tests[i])] = true;
	for (int i = 0; i < GLANCES; i++)
		if (wanted[i])
			emit_load_beginning(e->code, e->backend, &e->captures[e->place[i]],
					    glance_offset(i), (int32_t)glance_room(e, i), no);
	for (size_t i = 0; i < s->n; i++) {
		int place = glance_place(e, &s->tests[i]);

		if (place != UNTESTED)
			emit_glance(e->code, &s->tests[i], glance_offset(place),
				    glance_room(e, place), no);
	}
}

/* Passes over calls of the other table, where the number means another call. To ask the kernel
 * costs more than to look at numbers: so it is asked last of what needs no reading. */
static void emit_own_table(struct emitter *e)
{
	if (!e->asks_table)
		return;
	code_call(e->code, "hook_is_compat");
	/* An int: what is above it is nobody's. */
	code_add(e->code, INSN(BPF_ALU | BPF_MOV | BPF_X, R0, R0, 0, 0));
	code_jump_if(e->code, BPF_JNE, R0, e->backend->compat, e->out);
}

/* To a scratch as soon as one selector may hold; with no strings at all, it does. */
static void emit_first_look(struct emitter *e)
{
	for (size_t i = 0; i < e->plan->n_selectors; i++) {
		struct label next = code_label(e->code);

		emit_tests(e, &e->plan->selectors[i], false, next);
		emit_own_table(e);
		emit_process(e->code, &e->plan->selectors[i], next, e->overrides ? e->blind : next);
		emit_number_glances(e, &e->plan->selectors[i], next);
		emit_glances(e, &e->plan->selectors[i], next);
		if (e->n_places)
			code_jump(e->code, e->scratch);
		else
			emit_matched(e, i, e->scratch, e->out);
		code_here(e->code, next);
	}
	if (e->plan->n_selectors) {
		code_jump(e->code, e->out);
	} else {
		emit_own_table(e);
		emit_matched(e, 0, e->scratch, e->out);
	}
}

static void emit_scratch(struct emitter *e)
{
	struct code *code = e->code;

	code_here(code, e->scratch);
	/* Without places all is tested. */
	emit_take_scratch(code, SLOT_SCRATCH, e->n_places && e->overrides ? e->blind : e->out);
}

/* All that is tested, with their lengths. */
static void read_places(struct emitter *e)
{
	for (int i = 0; i < e->n_places; i++) {
		emit_read(e->code, e->backend, &e->captures[e->place[i]], i);
		code_add(e->code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, R0, 0, 0, 32),
			 INSN(BPF_ALU64 | BPF_ARSH | BPF_K, R0, 0, 0, 32),
			 INSN_STORE(FP, (int16_t)length_slot(i), R0));
	}
}

static void emit_reads(struct emitter *e)
{
	struct code *code = e->code;

	read_places(e);
	for (size_t i = 0; i < e->plan->n_selectors && e->n_places; i++) {
		struct label next = code_label(code);

		emit_tests(e, &e->plan->selectors[i], false, next);
		emit_process(e->code, &e->plan->selectors[i], next,
			     e->overrides ? e->blind_within : next);
		emit_tests(e, &e->plan->selectors[i], true, next);
		emit_matched(e, i, e->post, e->leave);
		code_here(code, next);
	}
	if (e->n_places)
		code_jump(code, e->leave);
}

static void emit_capture(struct emitter *e, size_t i)
{
	const struct capture *c = &e->captures[i];
	int place = place_of(e, i);

	if (c->kind == CAPTURE_NOTHING)
		return;
	if (c->later) {
		emit_put_later(e->code, e->backend, c);
		return;
	}
	if (place == UNTESTED) {
		place = HOOK_SPARE;
		if (!is_plain(c))
			emit_read(e->code, e->backend, c, place);
	}
	emit_socket(e->code, e->plan, i, place);
	emit_put(e->code, e->backend, c, place);
}

static void emit_leave(struct emitter *e)
{
	code_here(e->code, e->leave);
	emit_give_scratch(e->code, SLOT_SCRATCH);
	code_here(e->code, e->out);
}

/* Puts the hook's number into the register; what is in R0 to R5 is lost. */
static void load_hook(struct emitter *e, int reg)
{
	uint8_t r = (uint8_t)reg & 15;

	if (e->plan->by_cookie)
		code_add(e->code, INSN_MOV_REG(R1, R6), INSN_CALL(BPF_FUNC_get_attach_cookie),
			 INSN_MOV_REG(r, R0));
	else
		code_add(e->code, INSN_MOV(r, (int32_t)e->plan->hook));
}

/* What is in the record is over a limit. */
static void emit_suppressed(struct emitter *e, struct label limited)
{
	struct code *code = e->code;

	code_jump(code, e->leave);
	code_here(code, limited);
	code_add(code, INSN_MOV_REG(R1, R7));
	code_call(code, "hook_suppress");
	emit_count(code, e->plan, offsetof(struct hook_counts, limited), 1);
	emit_awaits(code, e->plan);
}

static void emit_post(struct emitter *e)
{
	struct code *code = e->code;
	struct label limited = code_label(code);
	bool limits;

	code_here(code, e->post);
	load_hook(e, R2);
	code_add(code, INSN_MOV_REG(R1, R7), INSN_LOAD(R3, FP, SLOT_SELECTOR));
	code_call(code, "hook_begin");
	for (size_t i = 0; i < e->plan->n_captures; i++)
		emit_capture(e, i);
	emit_unposted(code, e->plan, e->leave);
	limits = emit_limits(code, e->plan, false, limited);
	emit_stacks(code, e->plan, false);
	emit_hash(code, e->plan);
	code_add(code, INSN_MOV_REG(R1, R7));
	code_call(code, e->plan->tells_return ? "hook_post_call" : "hook_post");
	emit_lost(code, e->plan);
	if (limits)
		emit_suppressed(e, limited);
	emit_leave(e);
}

/* What is posted then, at once. */
static void emit_numbers(struct emitter *e)
{
	code_here(e->code, e->scratch);
	load_hook(e, R2);
	emit_tell_numbers(e->code, e->plan, e->backend);
	emit_lost(e->code, e->plan);
	code_here(e->code, e->out);
}

/* Gives places until the capture has one, or it is known that it is none of the first. */
static void take_first_places(struct emitter *e, size_t capture)
{
	for (size_t i = 0; i < e->plan->n_selectors; i++) {
		const struct plan_selector *s = &e->plan->selectors[i];

		for (size_t j = 0; j < s->n; j++) {
			take_places(e, &s->tests[j], 1);
			if (place_of(e, capture) != UNTESTED || e->n_places >= GLANCES)
				return;
		}
	}
}

enum test_stage emit_stage(const struct plan *plan, const struct test *test)
{
	struct emitter e = {.plan = plan, .captures = plan->captures};

	if (!is_read(&e, test))
		return TEST_AT_ONCE;
	if (test->kind == TEST_EXPRESSION)
		return TEST_WHEN_READ;
	if (e.captures[test->capture].kind == CAPTURE_NUMBER)
		return TEST_ON_STACK;
	take_first_places(&e, test->capture);
	return glance_place(&e, test) != UNTESTED ? TEST_ON_STACK : TEST_WHEN_READ;
}

/* What it is cannot be known: then it is not allowed. */
static void emit_blind(struct emitter *e)
{
	struct label end = code_label(e->code);

	/* What nothing leads to the kernel refuses. */
	if (!e->overrides || (!e->n_places && !e->unknown))
		return;
	code_jump(e->code, end);
	if (e->n_places && e->unknown) {
		code_here(e->code, e->blind_within);
		emit_give_scratch(e->code, SLOT_SCRATCH);
	}
	code_here(e->code, e->blind);
	emit_undecided(e->code, e->plan);
	code_here(e->code, end);
}

static int emit_enforcer(struct code *code, const struct plan *plan, const struct backend *backend,
			 bool asks_table)
{
	struct emitter e = {
		.code = code,
		.plan = plan,
		.backend = backend,
		.asks_table = asks_table,
		.out = code_label(code),
	};

	emit_own_table(&e);
	emit_enforcement(code, plan);
	code_here(code, e.out);
	return 0;
}

static int emit_call(struct code *code, const struct plan *plan, const struct backend *backend,
		     bool asks_table)
{
	struct emitter e = {
		.code = code,
		.plan = plan,
		.backend = backend,
		.captures = plan->captures,
		.asks_table = asks_table,
		.scratch = code_label(code),
		.post = code_label(code),
		.leave = code_label(code),
		.out = code_label(code),
		.blind = code_label(code),
		.blind_within = code_label(code),
		.overrides = plan_overrides(plan),
	};
	int r = 0;

	for (size_t i = 0; i < plan->n_selectors && r >= 0; i++) {
		r = take_places(&e, plan->selectors[i].tests, plan->selectors[i].n);
		e.unknown |= process_asks_for_room(&plan->selectors[i]);
	}
	if (r < 0)
		return r;
	emit_first_look(&e);
	if (!e.n_places && tells_numbers(plan)) {
		emit_numbers(&e);
	} else {
		emit_scratch(&e);
		emit_reads(&e);
		emit_post(&e);
	}
	emit_blind(&e);
	return 0;
}

/* Whatever is returned, and with nothing more to do. */
static bool always_posts(const struct plan *plan, size_t selector)
{
	const struct plan_selector *s = &plan->selectors[selector];

	return s->actions.post && !s->n_returns && s->return_actions.post &&
	       !awaits_return(plan, selector);
}

static void emit_return_test(struct emitter *e, size_t selector, struct label no)
{
	const struct plan_selector *s = &e->plan->selectors[selector];

	for (size_t i = 0; i < s->n_returns; i++)
		emit_test(e, &s->returns[i], no);
	emit_effects(e->code, e->plan, selector, true);
}

/* Whether the selector that matched is told of is up to the value. */
static void emit_return_tests(struct emitter *e, struct label withdraw)
{
	struct code *code = e->code;

	for (size_t i = 0; i < e->plan->n_selectors; i++) {
		const struct plan_selector *s = &e->plan->selectors[i];
		struct label next = code_label(code);

		if (always_posts(e->plan, i))
			continue;
		code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR));
		code_jump_if(code, BPF_JNE, R1, (int32_t)i, next);
		emit_return_test(e, i, withdraw);
		code_jump(code, s->return_actions.post ? e->post : withdraw);
		code_here(code, next);
	}
	code_jump(code, e->post);
}

/* Nobody was told of the call: then what is done now is all. */
static void emit_leave_untold(struct emitter *e)
{
	struct code *code = e->code;

	if (!any_awaits_return(e->plan))
		return;
	code_add(code,
		 INSN(BPF_LDX | BPF_MEM | BPF_H, R1, R7,
		      offsetof(struct hook_scratch, record.flags), 0),
		 INSN(BPF_ALU64 | BPF_AND | BPF_K, R1, 0, 0, HOOK_SILENT));
	code_jump_if(code, BPF_JNE, R1, 0, e->leave);
}

/* What was told when it was called, is not told after all. When that cannot be said, it stays. */
static void emit_withdraw(struct emitter *e, size_t counted)
{
	struct code *code = e->code;

	code_add(code, INSN_MOV_REG(R1, R7));
	code_call(code, "hook_withdraw");
	code_add(code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, R0, 0, 0, 32));
	code_jump_if(code, BPF_JNE, R0, 0, e->leave);
	emit_count(code, e->plan, counted, 1);
}

static int emit_return(struct code *code, const struct plan *plan, const struct backend *backend,
		       bool asks_table)
{
	struct emitter e = {
		.code = code,
		.plan = plan,
		.backend = backend,
		.captures = &plan->returned,
		.asks_table = asks_table,
		.scratch = code_label(code),
		.post = code_label(code),
		.leave = code_label(code),
		.out = code_label(code),
	};
	struct label withdraw = code_label(code), limited = code_label(code);
	bool limits;

	for (size_t i = 0; i < plan->n_selectors; i++)
		take_places(&e, plan->selectors[i].returns, plan->selectors[i].n_returns);
	emit_own_table(&e);
	load_hook(&e, R1);
	code_call(code, "hook_called");
	/* An int: what is above it is nobody's. */
	code_add(code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, R0, 0, 0, 32),
		 INSN(BPF_ALU64 | BPF_RSH | BPF_K, R0, 0, 0, 32));
	code_jump_if(code, BPF_JEQ, R0, 0, e.out);
	code_add(code, INSN_ADD(R0, -1), INSN_STORE(FP, SLOT_SELECTOR, R0));
	emit_scratch(&e);
	read_places(&e);
	load_hook(&e, R2);
	code_add(code, INSN_MOV_REG(R1, R7));
	code_call(code, "hook_begin_return");
	emit_returned_socket(code, plan, backend);
	emit_return_tests(&e, withdraw);
	code_here(code, withdraw);
	emit_leave_untold(&e);
	emit_withdraw(&e, offsetof(struct hook_counts, nopost));
	code_jump(code, e.leave);
	code_here(code, e.post);
	emit_leave_untold(&e);
	emit_capture(&e, 0);
	for (size_t i = 0; i < plan->n_captures; i++)
		if (plan->captures[i].later)
			emit_put_returned(code, backend, &plan->captures[i], &plan->returned);
	limits = emit_limits(code, plan, true, limited);
	emit_stacks(code, plan, true);
	code_add(code, INSN_MOV_REG(R1, R7));
	code_call(code, "hook_post");
	if (limits) {
		code_jump(code, e.leave);
		code_here(code, limited);
		emit_withdraw(&e, offsetof(struct hook_counts, limited));
	}
	emit_leave(&e);
	return 0;
}

static int emit_any(struct code *code, const struct plan *plan, const struct backend *backend,
		    bool asks_table)
{
	if (plan->enforces)
		return emit_enforcer(code, plan, backend, asks_table);
	return backend->on_return ? emit_return(code, plan, backend, asks_table)
				  : emit_call(code, plan, backend, asks_table);
}

int emit_plan(struct code *code, const struct plan *plan, const struct backend *backend)
{
	return emit_any(code, plan, backend, false);
}

int emit_syscall_plan(struct code *code, const struct plan *plan, const struct backend *backend)
{
	return emit_any(code, plan, backend, true);
}

static void emit_override_return(struct code *code)
{
	struct label none = code_label(code);

	code_jump_if(code, BPF_JEQ, R8, 0, none);
	code_add(code, INSN_MOV_REG(R1, R6), INSN_MOV_REG(R2, R8),
		 INSN_CALL(BPF_FUNC_override_return));
	code_here(code, none);
	code_add(code, INSN_RETURN(0));
}

static int emit_plans(struct code *code, const struct plan *const *plans, size_t n,
		      const struct backend *backend)
{
	bool overrides = false, writes = false;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		overrides |= plan_overrides(plans[i]);
		writes |= plan_writes(plans[i]) && !backend->on_return;
	}
	code_add(code, INSN_MOV_REG(R6, R1));
	if (overrides || writes)
		code_add(code, INSN_MOV(R8, 0));
	for (size_t i = 0; i < n && r >= 0; i++)
		r = emit_plan(code, plans[i], backend);
	if (writes)
		emit_writes(code, plans, n, backend);
	if (overrides && plans[0]->by_helper)
		emit_override_return(code);
	else if (overrides)
		code_add(code, INSN_MOV_REG(R0, R8), INSN_EXIT);
	else
		code_add(code, INSN_RETURN(0));
	return r;
}

int emit_function(struct code *code, const char *name, const struct plan *const *plans, size_t n,
		  const struct backend *backend)
{
	code_function(code, name);
	return emit_plans(code, plans, n, backend);
}

int emit_program(struct code *code, const struct plan *const *plans, size_t n,
		 const struct backend *backend, const struct verdicts *verdicts)
{
	int r = emit_plans(code, plans, n, backend);

	if (r < 0)
		return r;
	emit_verdicts(code, verdicts);
	return code_finish(code);
}
