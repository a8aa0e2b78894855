// SPDX-License-Identifier: Apache-2.0
#include "compile/notices.h"
#include "compile/actions.h"
#include "compile/effects.h"
#include "compile/emit_stack.h"
#include "compile/emit_test.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

/* Of a tracepoint's record, behind the common fields: which system call it is (for
 * raw_syscalls/sys_enter a long, for syscalls/sys_enter_… an int). */
#define RECORD_CALL 8

#define MEMBER(member) (SLOT_NOTICE + (int16_t)offsetof(struct hook_notice, member))

/* R0: where the thread's notice is. Goes to @none where there is no room for one. */
static void emit_notice(struct code *code, const struct plan *plan, int32_t flags,
			struct label none)
{
	code_add(code, INSN_CALL(BPF_FUNC_get_current_task_btf), INSN_LOAD_MAP(R1, plan->notices),
		 INSN_MOV_REG(R2, R0), INSN_MOV(R3, 0), INSN_MOV(R4, flags),
		 INSN_CALL(BPF_FUNC_task_storage_get));
	code_jump_if(code, BPF_JEQ, R0, 0, none);
}

/* What was there goes into R1; to @none, if that is nothing. */
static void emit_take(struct code *code, const struct plan *plan, struct label none)
{
	emit_notice(code, plan, 0, none);
	code_add(code, INSN_LOAD(R1, R0, 0));
	code_jump_if(code, BPF_JEQ, R1, 0, none);
	code_add(code, INSN_STORE_IMM(R0, 0, 0));
}

void emit_clean(struct code *code, const struct plan *plan)
{
	struct label none = code_label(code);

	emit_take(code, plan, none);
	emit_count(code, plan, offsetof(struct hook_counts, cleaned), 1);
	code_here(code, none);
}

static void emit_keep(struct code *code, const struct plan *plan, const struct hook_notice *notice,
		      struct label no_room)
{
	struct label fresh = code_label(code);
	uint64_t word;

	memcpy(&word, notice, sizeof(word));
	emit_notice(code, plan, BPF_LOCAL_STORAGE_GET_F_CREATE, no_room);
	code_add(code, INSN_LOAD(R1, R0, 0), INSN_LOAD_CONST(R2, word), INSN_STORE(R0, 0, R2));
	code_jump_if(code, BPF_JEQ, R1, 0, fresh);
	emit_count(code, plan, offsetof(struct hook_counts, overwritten), 1);
	code_here(code, fresh);
}

/* Which system call is being entered: into R1. */
static void load_call(struct code *code, enum plan_entry entry)
{
	if (entry == ENTRY_BY_INT)
		code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_W, R1, R6, RECORD_CALL, 0));
	else
		code_add(code, INSN_LOAD(R1, R6, RECORD_CALL));
}

_Static_assert(RECORD_CALL == sizeof(uint64_t), "the second word of a context, too");

static void emit_is_one(struct code *code, const struct plan *plan, const struct test *test,
			struct label yes, struct label no)
{
	if (!test) {
		code_jump(code, no);
		return;
	}
	load_call(code, plan->entry);
	emit_number_test(code, test, yes, no);
}

/* Goes to @later unless the call that begins is one of the enforcer's. */
static void emit_is_enforced(struct code *code, const struct plan *plan, struct label later)
{
	struct label compat = code_label(code), yes = code_label(code);

	if (plan->entry == ENTRY_OF_ENFORCED)
		return;
	code_call(code, "hook_is_compat");
	/* An int: what is above it is nobody's. */
	code_add(code, INSN(BPF_ALU | BPF_MOV | BPF_X, R0, R0, 0, 0));
	code_jump_if(code, BPF_JNE, R0, 0, compat);
	emit_is_one(code, plan, plan->enforced.native, yes, later);
	code_here(code, compat);
	emit_is_one(code, plan, plan->enforced.compat, yes, later);
	code_here(code, yes);
}

void emit_notify(struct code *code, const struct plan *plan, const struct hook_notice *notice,
		 bool on_return)
{
	struct label later = code_label(code), no_room = code_label(code), end = code_label(code);

	emit_count(code, plan, count_of_effect(HOOK_EFFECT_NOTIFY_ENFORCER), 1);
	/* The enforcer's program may come before this one. */
	if (plan->entry && !notice->error && !on_return) {
		emit_is_enforced(code, plan, later);
		emit_signal(code, plan, notice->signal);
		code_jump(code, end);
	}
	code_here(code, later);
	emit_keep(code, plan, notice, no_room);
	code_jump(code, end);
	code_here(code, no_room);
	emit_count(code, plan, offsetof(struct hook_counts, failed), 1);
	emit_signal(code, plan, notice->error ? SIGKILL : notice->signal);
	code_here(code, end);
}

static void emit_notified_signal(struct code *code, const struct plan *plan)
{
	struct label none = code_label(code);

	code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_H, R1, FP, MEMBER(signal), 0));
	code_jump_if(code, BPF_JEQ, R1, 0, none);
	emit_send(code, plan);
	code_here(code, none);
}

static void emit_notified_error(struct code *code, const struct plan *plan)
{
	struct label none = code_label(code), decided = code_label(code);

	code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_W, R1, FP, MEMBER(error), 0));
	code_jump_if(code, BPF_JEQ, R1, 0, none);
	code_jump_if(code, BPF_JNE, R8, 0, decided);
	code_add(code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, R1, 0, 0, 32),
		 INSN(BPF_ALU64 | BPF_ARSH | BPF_K, R1, 0, 0, 32), INSN_MOV_REG(R8, R1));
	code_here(code, decided);
	emit_count(code, plan, count_of_effect(HOOK_EFFECT_OVERRIDE), 1);
	code_here(code, none);
}

void emit_enforcement(struct code *code, const struct plan *plan)
{
	struct label none = code_label(code);

	emit_take(code, plan, none);
	code_add(code, INSN_STORE(FP, SLOT_NOTICE, R1), INSN_STORE_IMM(FP, SLOT_SELECTOR, 0));
	emit_notified_signal(code, plan);
	if (plan->denies)
		emit_notified_error(code, plan);
	code_here(code, none);
}
