// SPDX-License-Identifier: Apache-2.0
#include "compile/verdicts.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "compile/emit_test.h"
#include "compile/process_strings.h"
#include "compile/scratch.h"

#include <string.h>

/* Functions of the code. */
#define DECIDE "hook_decide"
#define CLASSIFY "hook_classify"

#define SLOT_SCRATCH (-8)
#define SLOT_LENGTH (-8)
#define SLOT_TASK (-8)
#define SLOT_CALL (-16)
/* Names of what was executed, beside its path. */
#define NAMES 2

/* What R8 points to: beyond what an instruction can add to R7. */
#define LEARNING(member) ((int16_t)offsetof(struct hook_learning, member))

static size_t word_of(const struct process_test *t)
{
	return t->verdict / HOOK_WORD_TESTS;
}

static uint64_t bit_of(const struct process_test *t)
{
	return 1ULL << t->verdict % HOOK_WORD_TESTS;
}

/* --- where they are asked for */

void emit_verdict_test(struct code *code, const struct process_test *t, struct label no,
		       struct label unknown)
{
	struct label yes = code_label(code);

	code_add(code, INSN_MOV(R1, (int32_t)(word_of(t) + (t->parent ? HOOK_WORDS : 0))),
		 INSN_MOV(R2, (int32_t)t->birth));
	code_call(code, DECIDE);
	code_jump_if(code, BPF_JEQ, R0, 0, unknown);
	/* Whether it executes something else than these is to be known. That is the sign. */
	if (t->test.negate && t->value == PROCESS_IMAGE)
		code_jump_if(code, BPF_JSGE, R0, 0, no);
	code_add(code, INSN_LOAD_CONST(R1, bit_of(t)));
	code_jump_if_reg(code, BPF_JSET, R0, R1, t->test.negate ? no : yes);
	code_jump(code, t->test.negate ? yes : no);
	code_here(code, yes);
}

/* --- how they are made */

/* The bit is set at @offset from @base. */
static void set_bit(struct code *code, int base, int16_t offset, uint64_t bit)
{
	code_add(code, INSN_LOAD(R1, (uint8_t)base & 15, offset), INSN_LOAD_CONST(R2, bit),
		 INSN(BPF_ALU64 | BPF_OR | BPF_X, R1, R2, 0, 0),
		 INSN_STORE((uint8_t)base & 15, offset, R1));
}

void emit_verdict_bit(struct code *code, const struct process_test *t)
{
	set_bit(code, R8, (int16_t)(LEARNING(image) + 8 * word_of(t)), bit_of(t));
}

/* The scratch is in R7, what is being learnt in R8, the length of the path on the stack. */
static void emit_image_test(struct code *code, const struct process_test *t, struct label no)
{
	struct label yes = code_label(code);

	if (t->value == PROCESS_IMAGE) {
		code_add(code, INSN_LOAD(R1, FP, SLOT_LENGTH));
		code_jump_if(code, BPF_JSLT, R1, 0, no);
		if (!process_test_takes_relative(t)) {
			code_add(code,
				 INSN(BPF_LDX | BPF_MEM | BPF_W, R1, R8, LEARNING(relative), 0));
			code_jump_if(code, BPF_JNE, R1, 0, no);
		}
		emit_string_test(code, &t->test, offsetof(struct hook_scratch, slot[0].bytes),
				 SLOT_LENGTH, yes, no);
	} else {
		code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_W, R1, R8,
				    t->value == PROCESS_PID ? LEARNING(pid) : LEARNING(nspid), 0));
		emit_number_test(code, &t->test, yes, no);
	}
	code_here(code, yes);
}

/* Goes to @known if tests that were born then need not be made. */
static void emit_unless_known(struct code *code, uint32_t birth, struct label known)
{
	code_add(code, INSN_LOAD(R1, R8, LEARNING(since)));
	code_jump_if(code, BPF_JGE, R1, (int32_t)birth, known);
}

/* Those of a word that were born together. */
static void emit_born(struct code *code, const struct verdicts *verdicts, size_t first, size_t end,
		      uint32_t birth)
{
	int16_t at = (int16_t)(8 * (first / HOOK_WORD_TESTS));
	struct label known = code_label(code);
	uint64_t all = 0;

	emit_unless_known(code, birth, known);
	for (size_t i = first; i < end; i++) {
		const struct process_test *t = verdicts->v[i];
		struct label no = code_label(code);

		if (!t || t->birth != birth)
			continue;
		all |= bit_of(t);
		if (process_test_is_of_strings(t))
			continue;
		emit_image_test(code, t, no);
		set_bit(code, R8, (int16_t)(LEARNING(image) + at), bit_of(t));
		code_here(code, no);
	}
	set_bit(code, R8, (int16_t)(LEARNING(fresh) + at), all);
	code_here(code, known);
}

static bool is_first_born(const struct verdicts *verdicts, size_t first, size_t i)
{
	while (first < i &&
	       (!verdicts->v[first] || verdicts->v[first]->birth != verdicts->v[i]->birth))
		first++;
	return first == i;
}

static void emit_word(struct code *code, const struct verdicts *verdicts, size_t first)
{
	int16_t at = (int16_t)(8 * (first / HOOK_WORD_TESTS));
	size_t end = MIN(first + HOOK_WORD_TESTS, verdicts->n);
	uint64_t sticky = 0;

	code_add(code, INSN_STORE_IMM(R8, (int16_t)(LEARNING(image) + at), 0),
		 INSN_STORE_IMM(R8, (int16_t)(LEARNING(fresh) + at), 0));
	for (size_t i = first; i < end; i++) {
		const struct process_test *t = verdicts->v[i];

		if (!t)
			continue;
		if (t->follow)
			sticky |= bit_of(t);
		if (is_first_born(verdicts, first, i))
			emit_born(code, verdicts, first, end, t->birth);
	}
	code_add(code, INSN_LOAD_CONST(R1, sticky),
		 INSN_STORE(R8, (int16_t)(LEARNING(sticky) + at), R1));
}

static size_t word_of_last(const struct verdicts *verdicts)
{
	return (verdicts->n - 1) / HOOK_WORD_TESTS;
}

/* All tests of the image that is in the scratch. */
static void emit_classify(struct code *code, const struct verdicts *verdicts)
{
	struct label out = code_label(code);

	code_function_like(code, CLASSIFY, "policy_classify");
	code_jump_if(code, BPF_JEQ, R1, 0, out);
	code_add(code, INSN_MOV_REG(R7, R1), INSN_MOV_REG(R8, R1),
		 INSN_ADD(R8, offsetof(struct hook_scratch, learning)),
		 INSN(BPF_LDX | BPF_MEM | BPF_W, R1, R8, LEARNING(path), 0),
		 INSN(BPF_ALU64 | BPF_LSH | BPF_K, R1, 0, 0, 32),
		 INSN(BPF_ALU64 | BPF_ARSH | BPF_K, R1, 0, 0, 32), INSN_ADD(R1, -1),
		 INSN_STORE(FP, SLOT_LENGTH, R1));
	code_add(code, INSN_STORE_IMM(R8, LEARNING(words), (int32_t)word_of_last(verdicts) + 1));
	for (size_t i = 0; i < verdicts->n; i += HOOK_WORD_TESTS)
		emit_word(code, verdicts, i);
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
}

static void call_with_scratch(struct code *code, const char *name)
{
	code_add(code, INSN_MOV_REG(R1, R7));
	code_call(code, name);
}

/* The call of execve(2) that is over, or 0 where nobody asks for its names. */
static void load_call(struct code *code, const struct verdicts *verdicts, bool executed)
{
	if (executed && verdicts->images)
		code_add(code, INSN_LOAD(R4, FP, SLOT_CALL));
	else
		code_add(code, INSN_MOV(R4, 0));
}

/* Learns all of the current process, or goes to @out when there is no scratch. @executed: it has
 * just done that, and struct linux_binprm is on the stack. */
static void emit_learn(struct code *code, const struct verdicts *verdicts, bool executed,
		       struct label out)
{
	int32_t ancestors = verdicts->follow ? HOOK_ANCESTORS : verdicts->parents ? 1 : 0;
	int32_t images = 1 + ancestors;
	struct label done = code_label(code);

	emit_take_scratch(code, SLOT_SCRATCH, out);
	code_add(code, INSN_MOV(R2, (int32_t)verdicts->generation), INSN_MOV(R3, executed));
	load_call(code, verdicts, executed);
	call_with_scratch(code, "hook_learn");
	if (executed)
		images += verdicts->images ? 1 + NAMES : 1; /* the image before is one more */
	for (int32_t i = 0; i < images; i++) {
		call_with_scratch(code, CLASSIFY);
		/* Of ancestors nobody asks for them. */
		if (i == 0)
			emit_learn_strings(code, verdicts);
		code_add(code, INSN_MOV(R2, ancestors));
		call_with_scratch(code, "hook_learn_more");
		code_jump_if(code, BPF_JEQ, R0, 0, done);
	}
	code_here(code, done);
	call_with_scratch(code, "hook_learnt");
	emit_give_scratch(code, SLOT_SCRATCH);
}

/* What the tracepoint was called with, onto the stack: as a number, which functions take. The
 * context is in R6. */
static void load_argument(struct code *code, int32_t i, int32_t slot)
{
	code_add(code, INSN_MOV_REG(R1, FP), INSN_ADD(R1, slot), INSN_MOV(R2, 8),
		 INSN_MOV_REG(R3, R6), INSN_ADD(R3, 8 * i), INSN_CALL(BPF_FUNC_probe_read_kernel));
}

static void call_verdict(struct code *code)
{
	code_add(code, INSN_MOV_REG(R1, R6), INSN_MOV_REG(R2, R9));
	code_call(code, "hook_verdict");
}

/* Returns a word of verdicts, with all that were born by then; they are learnt if need be. 0 when
 * that cannot be. */
static void emit_decide(struct code *code, const struct verdicts *verdicts)
{
	struct label known = code_label(code), out = code_label(code);

	code_function_like(code, DECIDE, "policy_verdict");
	code_add(code, INSN_MOV_REG(R6, R1), INSN_MOV_REG(R9, R2));
	call_verdict(code);
	code_jump_if(code, BPF_JNE, R0, 0, known);
	emit_learn(code, verdicts, false, out);
	call_verdict(code);
	code_here(code, known);
	code_add(code, INSN_EXIT);
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
}

void emit_verdicts(struct code *code, const struct verdicts *verdicts)
{
	bool used = false;

	/* What nothing leads to the kernel refuses. */
	for (size_t i = 0; i < code->n_uses; i++)
		used |= code->uses[i].kind == CODE_FUNCTION && !strcmp(code->uses[i].name, DECIDE);
	if (!used)
		return;
	emit_decide(code, verdicts);
	emit_classify(code, verdicts);
	emit_classify_string(code, verdicts);
}

/* TP_PROTO(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm) */
int emit_exec(struct code *code, const struct verdicts *verdicts)
{
	struct label out = code_label(code);

	code_add(code, INSN_MOV_REG(R6, R1));
	load_argument(code, 2, SLOT_CALL);
	if (verdicts->changes)
		code_call(code, "hook_begin_baseline");
	if (verdicts->n)
		emit_learn(code, verdicts, true, out);
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
	if (verdicts->n) {
		emit_classify(code, verdicts);
		emit_classify_string(code, verdicts);
	}
	return code_finish(code);
}

static bool is_of_ids(const struct process_test *t)
{
	return t && (t->value == PROCESS_PID || t->value == PROCESS_NSPID);
}

/* The ids of the new task are its own. Its verdicts are in R7, itself is on the stack. */
static void emit_new_pid(struct code *code, const struct process_test *t)
{
	struct label yes = code_label(code), no = code_label(code);
	struct test test = t->test;

	test.negate = false;
	code_add(code, INSN_LOAD(R1, FP, SLOT_TASK), INSN_MOV(R2, t->value == PROCESS_NSPID));
	code_call(code, "hook_pid_of");
	code_add(code, INSN_MOV_REG(R1, R0));
	emit_number_test(code, &test, yes, no);
	code_here(code, yes);
	set_bit(code, R7, (int16_t)(offsetof(struct hook_verdicts, own) + 8 * word_of(t)),
		bit_of(t));
	code_here(code, no);
}

/* What is kept of the new task in this map, in R0; else to @none. The context is in R6. */
static void emit_create(struct code *code, const char *map, struct label none)
{
	code_load_map(code, R1, map);
	code_add(code, INSN_LOAD(R2, R6, 8), INSN_MOV(R3, 0), INSN_MOV(R4, 1),
		 INSN_CALL(BPF_FUNC_task_storage_get));
	code_jump_if(code, BPF_JEQ, R0, 0, none);
}

static void unless_process(struct code *code, struct label no)
{
	code_add(code, INSN_LOAD(R1, FP, SLOT_TASK));
	code_call(code, "hook_is_process");
	code_jump_if(code, BPF_JEQ, R0, 0, no);
}

static void emit_fork_baseline(struct code *code)
{
	struct label none = code_label(code);

	unless_process(code, none);
	emit_create(code, "hook_baselines", none);
	code_add(code, INSN_MOV_REG(R1, R0), INSN_LOAD(R2, FP, SLOT_TASK));
	code_call(code, "hook_take_baseline");
	code_here(code, none);
}

static void emit_fork_verdicts(struct code *code, const struct verdicts *verdicts, struct label out)
{
	/* Of an exec by a thread it is the thread that is there afterwards, with what is its own
	 * (fs/exec.c: de_thread). */
	if (!verdicts->follow && !verdicts->parents)
		unless_process(code, out);
	code_add(code, INSN_MOV(R1, 0), INSN_MOV(R2, (int32_t)verdicts->generation));
	code_call(code, DECIDE);
	code_jump_if(code, BPF_JEQ, R0, 0, out);
	emit_create(code, "hook_verdicts", out);
	code_add(code, INSN_MOV_REG(R7, R0), INSN_MOV_REG(R1, R0));
	code_call(code, "hook_inherit");
	for (size_t i = 0; i < verdicts->n; i++)
		if (is_of_ids(verdicts->v[i]))
			emit_new_pid(code, verdicts->v[i]);
}

/* TP_PROTO(struct task_struct *parent, struct task_struct *child) */
int emit_fork(struct code *code, const struct verdicts *verdicts)
{
	struct label out = code_label(code);

	code_add(code, INSN_MOV_REG(R6, R1));
	load_argument(code, 1, SLOT_TASK);
	if (verdicts->changes)
		emit_fork_baseline(code);
	if (verdicts->n)
		emit_fork_verdicts(code, verdicts, out);
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
	emit_verdicts(code, verdicts);
	return code_finish(code);
}
