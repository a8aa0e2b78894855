// SPDX-License-Identifier: Apache-2.0
#include "compile/emit_numbers.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "compile/actions.h"
#include "compile/emit_stack.h"
#include "compile/emit_value.h"

static bool only_posts(const struct plan_actions *actions)
{
	return !actions->n_limits && !actions->kernel_stack && !actions->user_stack &&
	       !actions->ima_hash && !actions->asks_agent && !actions->n_sockets;
}

bool tells_numbers(const struct plan *plan)
{
	size_t n = 0;

	if (plan->tells_return || plan->returned_socket)
		return false;
	for (size_t i = 0; i < plan->n_captures; i++) {
		if (plan->captures[i].kind == CAPTURE_NOTHING)
			continue;
		if (!is_plain(&plan->captures[i]) || ++n > HOOK_NUMBERS)
			return false;
	}
	for (size_t i = 0; i < plan->n_selectors; i++)
		if (!only_posts(actions_of(plan, i, false)))
			return false;
	return true;
}

#define NAME(n) "hook_tell_" #n,

void emit_tell_numbers(struct code *code, const struct plan *plan, const struct backend *backend)
{
	static const char *const functions[] = {HOOK_EACH_NUMBERS(NAME)};
	size_t n = 0;

	_Static_assert(ARRAY_SIZE(functions) == HOOK_NUMBERS + 1, "one for each how many");
	code_add(code, INSN_STORE(FP, SLOT_HOOK, R2));
	/* There is always one to point to. */
	code_add(code, INSN_STORE_IMM(FP, SLOT_NUMBERS, 0));
	for (size_t i = 0; i < plan->n_captures; i++) {
		if (plan->captures[i].kind == CAPTURE_NOTHING)
			continue;
		emit_load_plain(code, backend, R1, &plan->captures[i]);
		code_add(code, INSN_STORE(FP, (int16_t)(SLOT_NUMBERS + 8 * (int)n), R1));
		n++;
	}
	code_add(code, INSN_MOV_REG(R1, FP), INSN_ADD(R1, SLOT_NUMBERS),
		 INSN_LOAD(R2, FP, SLOT_HOOK), INSN_LOAD(R3, FP, SLOT_SELECTOR));
	code_call(code, functions[n]);
}
