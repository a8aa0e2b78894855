// SPDX-License-Identifier: Apache-2.0
#include "compile/effects.h"
#include "base/macro.h"
#include "compile/actions.h"
#include "compile/emit_stack.h"
#include "compile/notices.h"
#include "compile/writes.h"

#include <stddef.h>

bool plan_overrides(const struct plan *plan)
{
	if (plan->denies)
		return true;
	for (size_t i = 0; i < plan->n_selectors; i++)
		if (plan->selectors[i].actions.effects.overrides)
			return true;
	return false;
}

bool plan_enforces(const struct plan *plan)
{
	if (plan->enforces)
		return true;
	for (size_t i = 0; i < plan->n_selectors; i++)
		if (has_effects(&plan->selectors[i].actions.effects) ||
		    has_effects(&plan->selectors[i].return_actions.effects))
			return true;
	return false;
}

size_t count_of_effect(enum hook_effect effect)
{
	return offsetof(struct hook_counts, done) + effect * sizeof(uint64_t);
}

void emit_send(struct code *code, const struct plan *plan)
{
	struct label failed = code_label(code), next = code_label(code);

	code_add(code, INSN_CALL(BPF_FUNC_send_signal));
	code_jump_if(code, BPF_JNE, R0, 0, failed);
	emit_count(code, plan, count_of_effect(HOOK_EFFECT_SIGNAL), 1);
	code_jump(code, next);
	code_here(code, failed);
	emit_count(code, plan, offsetof(struct hook_counts, failed), 1);
	code_here(code, next);
}

void emit_signal(struct code *code, const struct plan *plan, int number)
{
	code_add(code, INSN_MOV(R1, number));
	emit_send(code, plan);
}

static void emit_override(struct code *code, const struct plan *plan, int returned)
{
	struct label decided = code_label(code);

	code_jump_if(code, BPF_JNE, R8, 0, decided);
	code_add(code, INSN_MOV(R8, returned));
	code_here(code, decided);
	emit_count(code, plan, count_of_effect(HOOK_EFFECT_OVERRIDE), 1);
}

/* Goes to @spared when nothing is to be done to who makes the call. */
static void emit_spare(struct code *code, struct label spared)
{
	code_call(code, "hook_is_spared");
	/* An int: what is above it is nobody's. */
	code_add(code, INSN(BPF_ALU | BPF_MOV | BPF_X, R0, R0, 0, 0));
	code_jump_if(code, BPF_JNE, R0, 0, spared);
}

bool has_effects(const struct plan_effects *effects)
{
	return effects->n_signals || effects->overrides || effects->cleans || effects->notifies ||
	       effects->n_writes;
}

static void emit_done(struct code *code, const struct plan *plan, size_t selector,
		      const struct plan_effects *effects, bool on_return)
{
	struct label spared = code_label(code);

	if (!has_effects(effects))
		return;
	emit_spare(code, spared);
	for (size_t i = 0; i < effects->n_signals; i++)
		emit_signal(code, plan, effects->signals[i]);
	if (effects->overrides)
		emit_override(code, plan, effects->returned);
	if (effects->n_writes)
		emit_choose(code, plan, selector);
	if (effects->cleans)
		emit_clean(code, plan);
	if (effects->notifies)
		emit_notify(code, plan, &effects->notice, on_return);
	code_here(code, spared);
}

void emit_effects(struct code *code, const struct plan *plan, size_t selector, bool on_return)
{
	const struct plan_actions *todo = actions_of(plan, selector, on_return);

	for (size_t i = 0; i < ARRAY_SIZE(todo->monitored); i++)
		if (todo->monitored[i])
			emit_count(code, plan,
				   offsetof(struct hook_counts, monitored) + i * sizeof(uint64_t),
				   todo->monitored[i]);
	emit_done(code, plan, selector, &todo->effects, on_return);
}

void emit_undecided(struct code *code, const struct plan *plan)
{
	struct label decided = code_label(code);
	size_t i = 0;

	while (!plan->selectors[i].actions.effects.overrides)
		i++;
	code_jump_if(code, BPF_JNE, R8, 0, decided);
	emit_spare(code, decided);
	code_add(code, INSN_MOV(R8, plan->selectors[i].actions.effects.returned),
		 INSN_STORE_IMM(FP, SLOT_SELECTOR, (int32_t)i));
	emit_count(code, plan, offsetof(struct hook_counts, failed), 1);
	code_here(code, decided);
}
