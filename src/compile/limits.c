// SPDX-License-Identifier: Apache-2.0
#include "compile/limits.h"
#include "abi/hook.h"
#include "base/clock.h"
#include "base/macro.h"
#include "compile/actions.h"
#include "compile/emit_stack.h"
#include "compile/planner.h"
#include "policy/limit_field.h"
#include "policy/operator.h"
#include "policy/value_name.h"

#include <inttypes.h>

/* --- plans */

/* The how manieth of what is told it is. */
static uint32_t index_of(const struct planner *p, const struct policy_limit_field *field,
			 bool on_return)
{
	uint32_t n = on_return; /* what is returned is the first */

	if (field->of == LIMIT_FIELD_RETURN)
		return 0;
	for (size_t i = 0; i < field->place; i++)
		n += on_return ? p->captures[i].later : p->captures[i].kind != CAPTURE_NOTHING;
	return n;
}

static void plan_value(struct planner *p, const struct policy_limit_field *field, bool on_return,
		       struct plan_limit *limit, struct plan_limit_value *values)
{
	bool returned = field->of == LIMIT_FIELD_RETURN;
	const struct policy_arg *arg =
		returned ? &p->hook->return_arg : value_at(p->hook, field->place);
	const struct capture *capture = returned ? p->returned : &p->captures[field->place];
	struct plan_limit_value value = {.index = index_of(p, field, on_return)};
	enum reader_part part;

	if (!limit_field_fits(p->diags, p->hook, field)) {
		p->refused = true;
		return;
	}
	if (value.index >= HOOK_LIMIT_VALUES)
		refuse(p, field->mark, "a rate limit by a value behind the first 64 of a hook");
	if (!field->part || !capture->reader) {
		values[limit->n++] = value;
		return;
	}
	part = operator_part(field->part, arg_type_at((size_t)arg->type.v));
	value.part = capture->reader->layout->fields[part];
	values[limit->n++] = value;
	/* The same bytes are another address in another family. */
	if (part != PART_SADDR && part != PART_DADDR)
		return;
	value.part = capture->reader->layout->fields[PART_FAMILY];
	values[limit->n++] = value;
}

static void plan_fields(struct planner *p, const struct policy_action *action, bool on_return,
			struct plan_limit *limit)
{
	size_t n = action->rate_limit_fields.n;
	struct plan_limit_value *values = TAKE(p, 2 * n, struct plan_limit_value);

	for (size_t i = 0; values && i < n; i++) {
		const struct policy_limit_field *field = &action->limit_fields[i];

		switch (field->of) {
		case LIMIT_FIELD_PROCESS:
			limit->by |= HOOK_LIMIT_PROCESS;
			break;
		case LIMIT_FIELD_THREAD:
			limit->by |= HOOK_LIMIT_PROCESS | HOOK_LIMIT_THREAD;
			break;
		case LIMIT_FIELD_BINARY:
			limit->by |= HOOK_LIMIT_BINARY;
			break;
		default:
			plan_value(p, field, on_return, limit, values);
		}
	}
	limit->values = values;
}

struct plan_limit plan_limit(struct planner *p, const struct policy_action *action, bool on_return)
{
	static const unsigned by[] = {
		[RATE_LIMIT_THREAD] = HOOK_LIMIT_PROCESS | HOOK_LIMIT_THREAD,
		[RATE_LIMIT_PROCESS] = HOOK_LIMIT_PROCESS,
		[RATE_LIMIT_GLOBAL] = 0,
	};
	struct plan_limit limit = {0};

	if (__builtin_mul_overflow(action->rate_limit_ms, NSEC_PER_MSEC, &limit.ns))
		limit.ns = UINT64_MAX;
	limit.all = !POLICY_SET(action->rate_limit_fields);
	if (limit.all)
		limit.by = by[action->scope];
	else
		plan_fields(p, action, on_return, &limit);
	return limit;
}

/* --- code */

static void emit_limit(struct code *code, const struct plan_limit *limit, size_t number)
{
	code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, (int32_t)limit->by),
		 INSN_MOV(R3, (int32_t)number));
	code_call(code, "hook_limit_begin");
	if (limit->all) {
		code_add(code, INSN_MOV_REG(R1, R7));
		code_call(code, "hook_limit_all");
	}
	for (size_t i = 0; i < limit->n; i++) {
		const struct plan_limit_value *v = &limit->values[i];

		code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, (int32_t)v->index),
			 INSN_MOV(R3, v->part.offset), INSN_MOV(R4, v->part.bits));
		code_call(code, "hook_limit_value");
	}
	code_add(code, INSN_MOV_REG(R1, R7), INSN_LOAD_CONST(R2, limit->ns));
	code_call(code, "hook_is_limited");
}

static void emit_limits_of(struct code *code, const struct plan_actions *todo, struct label limited,
			   struct label told)
{
	for (size_t i = 0; i < todo->n_limits; i++) {
		emit_limit(code, &todo->limits[i], i);
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
