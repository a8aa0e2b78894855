// SPDX-License-Identifier: Apache-2.0
#include "compile/actions.h"
#include "abi/hook.h"
#include "base/clock.h"
#include "compile/emit_stack.h"
#include "compile/planner.h"
#include "policy/action.h"

#include <assert.h>
#include <stddef.h>

static_assert((int)RATE_LIMIT_THREAD == (int)HOOK_LIMIT_THREAD &&
		      (int)RATE_LIMIT_PROCESS == (int)HOOK_LIMIT_PROCESS &&
		      (int)RATE_LIMIT_GLOBAL == (int)HOOK_LIMIT_GLOBAL,
	      "policies and programs have scopes in the same order");

/* --- plans */

static void plan_post(struct planner *p, const struct policy_action *a, struct plan_limit *limits,
		      struct plan_actions *ret)
{
	uint64_t ns;

	if (a->ima_hash.v)
		refuse(p, a->ima_hash.mark, "\"imaHash\"");
	if (p->hook->kind == HOOK_KPROBE || p->hook->kind == HOOK_FENTRY) {
		ret->kernel_stack |= a->kernel_stack.v;
		ret->user_stack |= a->user_stack.v;
	}
	if (__builtin_mul_overflow(a->rate_limit_ms, NSEC_PER_MSEC, &ns))
		ns = UINT64_MAX;
	if (ns)
		limits[ret->n_limits++] = (struct plan_limit){ns, a->scope};
}

struct plan_actions plan_actions(struct planner *p, const struct policy_actions *from)
{
	struct plan_limit *limits = TAKE(p, from->n, struct plan_limit);
	struct plan_actions ret = {.post = true, .limits = limits};
	size_t posts = 0;

	for (size_t i = 0; limits && i < from->n; i++) {
		const struct policy_action *a = &from->v[i];

		if (a->action.v == ACTION_NO_POST) {
			ret.post = false;
		} else if (a->action.v == ACTION_POST) {
			plan_post(p, a, limits, &ret);
			posts++;
		} else {
			refuse(p, a->action.mark, "this action");
		}
	}
	/* What one of them tells is told. */
	if (ret.n_limits < posts)
		ret.n_limits = 0;
	return ret;
}

const struct plan_actions *actions_of(const struct plan *plan, size_t selector, bool on_return)
{
	static const struct plan_actions post = {.post = true};
	const struct plan_selector *s;

	if (!plan->n_selectors)
		return &post;
	s = &plan->selectors[selector];
	return on_return ? &s->return_actions : &s->actions;
}

bool plan_has_kernel_stacks(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_selectors; i++)
		if (plan->selectors[i].actions.kernel_stack ||
		    plan->selectors[i].return_actions.kernel_stack)
			return true;
	return false;
}

/* --- code */

/* Which row is ours, into R1. */
static void load_row(struct code *code, bool atomic)
{
	if (!atomic) {
		/* An int: what is above it is nobody's. */
		code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_W, R1, FP, SLOT_SCRATCH, 0));
		return;
	}
	code_add(code, INSN_CALL(BPF_FUNC_get_smp_processor_id), INSN_MOV_REG(R1, R0),
		 INSN(BPF_ALU64 | BPF_MUL | BPF_K, R1, 0, 0, HOOK_DEPTH));
}

void emit_count(struct code *code, const struct plan *plan, size_t member, int32_t add)
{
	const struct plan_counters *counters = &plan->counters;
	bool atomic = member == offsetof(struct hook_counts, nopost);
	struct label none = code_label(code);

	if (!counters->n)
		return;
	load_row(code, atomic);
	code_add(code, INSN_LOAD(R2, FP, SLOT_SELECTOR));
	/* They cannot be; the verifier does not know. */
	code_jump_if(code, BPF_JGE, R1, (int32_t)counters->rows, none);
	code_jump_if(code, BPF_JGE, R2, (int32_t)counters->n, none);
	code_add(code, INSN(BPF_ALU64 | BPF_MUL | BPF_K, R1, 0, 0, (int32_t)counters->stride),
		 INSN(BPF_ALU64 | BPF_MUL | BPF_K, R2, 0, 0, sizeof(struct hook_counts)),
		 INSN_LOAD_VALUE_AT(R3, counters->map, (int32_t)counters->first),
		 INSN(BPF_ALU64 | BPF_ADD | BPF_X, R3, R1, 0, 0),
		 INSN(BPF_ALU64 | BPF_ADD | BPF_X, R3, R2, 0, 0));
	if (atomic)
		code_add(code, INSN_MOV(R1, add), INSN_ATOMIC_ADD(R3, (int16_t)member, R1));
	else
		code_add(code, INSN_LOAD(R1, R3, (int16_t)member), INSN_ADD(R1, add),
			 INSN_STORE(R3, (int16_t)member, R1));
	code_here(code, none);
}

static void emit_limits_of(struct code *code, const struct plan_actions *todo, struct label limited,
			   struct label told)
{
	for (size_t i = 0; i < todo->n_limits; i++) {
		code_add(code, INSN_MOV_REG(R1, R7), INSN_LOAD_CONST(R2, todo->limits[i].ns),
			 INSN_MOV(R3, (int32_t)todo->limits[i].scope), INSN_MOV(R4, (int32_t)i));
		code_call(code, "hook_is_limited");
		code_add(code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, R0, 0, 0, 32));
		code_jump_if(code, BPF_JEQ, R0, 0, told);
	}
	code_jump(code, limited);
}

bool emit_limits(struct code *code, const struct plan *plan, bool on_return, struct label limited)
{
	struct label told = code_label(code);
	bool any = false;

	for (size_t i = 0; i < plan->n_selectors; i++) {
		const struct plan_actions *todo = actions_of(plan, i, on_return);
		struct label next = code_label(code);

		if (!todo->post || !todo->n_limits)
			continue;
		code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR));
		code_jump_if(code, BPF_JNE, R1, (int32_t)i, next);
		emit_limits_of(code, todo, limited, told);
		code_here(code, next);
		any = true;
	}
	code_here(code, told);
	return any;
}

static void emit_stack(struct code *code, int32_t flags, size_t frame, unsigned which)
{
	size_t at = offsetof(struct hook_scratch, slot[HOOK_SPARE].bytes);

	code_add(code, INSN_MOV_REG(R1, R6), INSN_MOV_REG(R2, R7), INSN_ADD(R2, (int32_t)at),
		 INSN_MOV(R3, (int32_t)(HOOK_FRAMES_MAX * frame)), INSN_MOV(R4, flags),
		 INSN_CALL(BPF_FUNC_get_stack), INSN_MOV_REG(R1, R7), INSN_MOV_REG(R2, R0),
		 INSN_MOV(R3, (int32_t)which));
	code_call(code, "hook_put_stack");
}

static void emit_stacks_of(struct code *code, const struct plan_actions *todo, bool addresses)
{
	if (todo->kernel_stack)
		emit_stack(code, 0, sizeof(uint64_t), HOOK_KERNEL_STACK);
	if (!todo->user_stack)
		return;
	emit_stack(code, BPF_F_USER_STACK | BPF_F_USER_BUILD_ID, sizeof(struct hook_frame),
		   HOOK_USER_STACK);
	if (addresses)
		emit_stack(code, BPF_F_USER_STACK, sizeof(uint64_t), HOOK_USER_ADDRESSES);
}

void emit_stacks(struct code *code, const struct plan *plan, bool on_return)
{
	for (size_t i = 0; i < plan->n_selectors; i++) {
		const struct plan_actions *todo = actions_of(plan, i, on_return);
		struct label next = code_label(code);

		if (!todo->post || (!todo->kernel_stack && !todo->user_stack))
			continue;
		code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR));
		code_jump_if(code, BPF_JNE, R1, (int32_t)i, next);
		emit_stacks_of(code, todo, plan->stack_addresses);
		code_here(code, next);
	}
}
