// SPDX-License-Identifier: Apache-2.0
#include "compile/writes.h"
#include "compile/actions.h"
#include "compile/effects.h"
#include "compile/emit_stack.h"
#include "compile/planner.h"
#include "policy/action.h"

static bool find_register(struct planner *p, struct mark mark, const char *name, size_t len,
			  struct register_part *ret)
{
	struct suggest suggest;
	struct finding *f;

	if (register_find(name, len, ret, &suggest))
		return true;
	f = diagnose_error(p->diags, mark, QUOTED " is not a register", QUOTE(name, len));
	finding_suggest(f, &suggest);
	p->refused = true;
	return false;
}

static bool plan_register(struct planner *p, const struct policy_register *from,
			  struct plan_write *ret)
{
	ret->source = from->source;
	ret->value = from->offset;
	if (!find_register(p, from->mark, from->to, from->to_len, &ret->to))
		return false;
	return from->source == REGISTER_CONSTANT ||
	       find_register(p, from->mark, from->from, from->from_len, &ret->from);
}

/* Of an argument in memory: tracing/usdts.c has its place be where it is, and its path go from
 * there. */
static bool plan_set(struct planner *p, const struct policy_action *action, struct plan_write *ret)
{
	const struct policy_arg *arg = &p->hook->args.v[action->index.v];

	if (arg->source == ARG_SOURCE_CALL && arg->path) {
		ret->to_memory = true;
		ret->place = (unsigned)arg->index.v;
		ret->size = arg->path->steps[0].size;
		ret->value = action->value.v;
		return true;
	}
	finding_why(diagnose_error(p->diags, action->mark, "the argument cannot be set"),
		    "it is in a register there, or a constant; in memory it could be");
	p->refused = true;
	return false;
}

static bool has_room(struct planner *p, const struct policy_action *action, size_t n)
{
	if (n < PLAN_WRITES_MAX)
		return true;
	diagnose_error(p->diags, action->mark,
		       "the selector changes more than %d things, which is the limit",
		       PLAN_WRITES_MAX);
	p->refused = true;
	return false;
}

void plan_write(struct planner *p, const struct policy_action *action, struct plan_write *writes,
		size_t *n)
{
	if (action->action.v == ACTION_SET) {
		if (has_room(p, action, *n) && plan_set(p, action, &writes[*n]))
			++*n;
		return;
	}
	for (size_t i = 0; i < action->regs.n; i++) {
		if (!has_room(p, action, *n))
			return;
		if (plan_register(p, &action->registers[i], &writes[*n]))
			++*n;
	}
}

/* What is to be written to registers, before any of them is: there, all has been tested. */
#define SLOT_WRITES SLOT_LENGTHS

_Static_assert(SLOT_WRITES - 8 * PLAN_WRITES_MAX >= -256,
	       "the functions that are called have half");

static const struct plan_effects *effects_of(const struct plan *plan, size_t selector)
{
	return &plan->selectors[selector].actions.effects;
}

bool plan_writes(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_selectors; i++)
		if (effects_of(plan, i)->n_writes)
			return true;
	return false;
}

/* Of all programs: hooks have numbers of their own. */
static uint64_t number_of(const struct plan *plan, size_t selector)
{
	return (uint64_t)plan->hook << 32 | (selector + 1);
}

void emit_choose(struct code *code, const struct plan *plan, size_t selector)
{
	struct label chosen = code_label(code);

	code_jump_if(code, BPF_JNE, R8, 0, chosen);
	code_add(code, INSN_LOAD_CONST(R8, number_of(plan, selector)));
	code_here(code, chosen);
}

static int slot_of(size_t i)
{
	return SLOT_WRITES - 8 * (int)i;
}

/* What is in the register, as wide as its name says. */
static void load_register(struct code *code, int reg, const struct register_part *part)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)part->offset));
	code_extract(code, reg, part->shift, part->bits, false);
}

static void emit_source(struct code *code, const struct plan_write *w, size_t i,
			struct label failed)
{
	code_add(code, INSN_LOAD_CONST(R3, w->value));
	if (w->source != REGISTER_CONSTANT) {
		load_register(code, R2, &w->from);
		code_add(code, INSN(BPF_ALU64 | BPF_ADD | BPF_X, R3, R2, 0, 0));
	}
	if (w->source != REGISTER_MEMORY) {
		code_add(code, INSN_STORE(FP, (int16_t)slot_of(i), R3));
		return;
	}
	code->waits = true;
	code_add(code, INSN_MOV_REG(R1, FP), INSN_ADD(R1, slot_of(i)), INSN_MOV(R2, 8),
		 INSN_CALL(BPF_FUNC_probe_read_user));
	code_jump_if(code, BPF_JNE, R0, 0, failed);
}

static void emit_to_register(struct code *code, const struct plan_write *w, size_t i)
{
	uint8_t width = insn_width(w->to.bits / 8);
	int16_t offset = (int16_t)(w->to.offset + w->to.shift / 8);

	code_add(code, INSN_LOAD(R1, FP, (int16_t)slot_of(i)),
		 INSN(BPF_STX | BPF_MEM | width, R6, R1, offset, 0));
}

static void emit_to_memory(struct code *code, const struct plan_write *w,
			   const struct backend *backend, struct label failed)
{
	backend->load(code, backend, R3, w->place);
	code_add(code, INSN_LOAD_CONST(R2, w->value), INSN_STORE(FP, SLOT_WRITES, R2),
		 INSN_MOV_REG(R1, R3), INSN_MOV_REG(R2, FP), INSN_ADD(R2, SLOT_WRITES),
		 INSN_MOV(R3, (int32_t)w->size), INSN_CALL(BPF_FUNC_probe_write_user));
	code_jump_if(code, BPF_JNE, R0, 0, failed);
}

static void emit_set(struct code *code, const struct plan *plan, size_t selector,
		     const struct backend *backend)
{
	const struct plan_effects *effects = effects_of(plan, selector);
	struct label failed = code_label(code), done = code_label(code);

	code_add(code, INSN_STORE_IMM(FP, SLOT_SELECTOR, (int32_t)selector));
	for (size_t i = 0; i < effects->n_writes; i++)
		if (!effects->writes[i].to_memory)
			emit_source(code, &effects->writes[i], i, failed);
	for (size_t i = 0; i < effects->n_writes; i++)
		if (!effects->writes[i].to_memory)
			emit_to_register(code, &effects->writes[i], i);
	for (size_t i = 0; i < effects->n_writes; i++)
		if (effects->writes[i].to_memory)
			emit_to_memory(code, &effects->writes[i], backend, failed);
	emit_count(code, plan, count_of_effect(HOOK_EFFECT_OVERRIDE), 1);
	code_jump(code, done);
	code_here(code, failed);
	emit_count(code, plan, offsetof(struct hook_counts, failed), 1);
	code_here(code, done);
}

void emit_writes(struct code *code, const struct plan *const *plans, size_t n,
		 const struct backend *backend)
{
	struct label end = code_label(code);

	code->writes = true;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < plans[i]->n_selectors; j++) {
			struct label next = code_label(code);

			if (!effects_of(plans[i], j)->n_writes)
				continue;
			code_add(code, INSN_LOAD_CONST(R1, number_of(plans[i], j)));
			code_jump_if_reg(code, BPF_JNE, R8, R1, next);
			emit_set(code, plans[i], j, backend);
			code_jump(code, end);
			code_here(code, next);
		}
	code_here(code, end);
}
