// SPDX-License-Identifier: Apache-2.0
#include "compile/syscalls.h"

#include <stddef.h>
#include <sys/user.h>

/* What the two tracepoints are called with (include/trace/events/syscalls.h). */
static void load_number(struct code *code, bool on_return)
{
	if (!on_return) {
		code_add(code, INSN_LOAD(R2, R6, 8));
		return;
	}
	code_add(code, INSN_LOAD(R2, R6, 0));
#if defined(__x86_64__)
	code_add(code, INSN_LOAD(R2, R2, offsetof(struct user_regs_struct, orig_rax)));
#elif defined(__aarch64__)
	/* Behind what ptrace(2) shows: orig_x0, and then this as an int (ptrace.h). */
	code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_W, R2, R2,
			    sizeof(struct user_regs_struct) + sizeof(uint64_t), 0));
#endif
}

/* Of the plans from @plans on, those for one number. */
static size_t same(const struct syscall_plan *plans, size_t n)
{
	size_t i = 1;

	while (i < n && plans[i].number == plans[0].number)
		i++;
	return i;
}

/* Those for several calls share a function as long as no more than so much is looked at in it: a
 * program has no more than 256 (include/linux/bpf_verifier.h: BPF_MAX_SUBPROGS). */
#define WEIGHT_MAX 128

static size_t weight(const struct plan *plan)
{
	size_t sum = 4 + plan->n_captures;

	for (size_t i = 0; i < plan->n_selectors; i++) {
		const struct plan_selector *s = &plan->selectors[i];

		sum += s->n_process;
		for (size_t j = 0; j < s->n; j++)
			sum += 1 + s->tests[j].n;
		for (size_t j = 0; j < s->n_returns; j++)
			sum += 1 + s->returns[j].n;
	}
	return sum;
}

static bool is_one_function(const struct syscall_plan *plans, size_t n)
{
	size_t sum = 0;

	if (same(plans, n) == n)
		return true;
	for (size_t i = 0; i < n; i++)
		sum += weight(plans[i].plan);
	return sum <= WEIGHT_MAX;
}

/* Where, near the middle, another number begins: there are several. */
static size_t middle_of(const struct syscall_plan *plans, size_t n)
{
	size_t first = same(plans, n), middle = n / 2;

	if (middle < first)
		middle = first;
	while (plans[middle].number == plans[middle - 1].number)
		middle--;
	return middle;
}

/* The number is in R2. */
static void emit_choice(struct code *code, const struct syscall_plan *plans, size_t n,
			struct label out)
{
	struct label right;
	size_t middle;

	if (is_one_function(plans, n)) {
		code_jump_if(code, BPF_JLT, R2, (int32_t)plans[0].number, out);
		code_jump_if(code, BPF_JGT, R2, (int32_t)plans[n - 1].number, out);
		code_add(code, INSN_MOV_REG(R1, R6));
		code_call(code, plans[0].plan->name);
		code_jump(code, out);
		return;
	}
	middle = middle_of(plans, n);
	right = code_label(code);
	code_jump_if(code, BPF_JGE, R2, (int32_t)plans[middle].number, right);
	emit_choice(code, plans, middle, out);
	code_here(code, right);
	emit_choice(code, plans + middle, n - middle, out);
}

static bool is_one_table(const struct syscall_plan *plans, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (plans[i].backend->compat != plans[0].backend->compat)
			return false;
	return true;
}

/*
 * There may be another table of system calls, where numbers mean others. What is
 * told of when it returns is few calls: which table they are of is in R8. If all
 * plans are for one, calls of the other go to @out.
 */
static void begin_return(struct code *code, const struct syscall_plan *plans, bool one_table,
			 struct label out)
{
	emit_table(code);
	if (one_table)
		code_jump_if(code, BPF_JNE, R8, plans[0].backend->compat, out);
}

static int emit_return(struct code *code, const struct syscall_plan *p, bool one_table)
{
	struct label next = code_label(code);
	int r;

	if (!one_table)
		code_jump_if(code, BPF_JNE, R8, p->backend->compat, next);
	r = emit_plan(code, p->plan, p->backend);
	code_here(code, next);
	return r;
}

/* Those for one number. */
static int emit_number(struct code *code, const struct syscall_plan *plans, size_t n,
		       bool one_table)
{
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		r = plans[i].backend->on_return
			    ? emit_return(code, &plans[i], one_table)
			    : emit_plan_of_table(code, plans[i].plan, plans[i].backend);
	return r;
}

/* Those for several numbers, the context being in R6; goes on at @out. */
static int emit_numbers(struct code *code, const struct syscall_plan *plans, size_t n,
			struct label out)
{
	bool one_table = is_one_table(plans, n), on_return = plans[0].backend->on_return;
	int r = 0;

	if (on_return)
		begin_return(code, plans, one_table, out);
	else
		code_add(code, INSN_MOV(R8, TABLE_UNKNOWN));
	for (size_t i = 0, number; i < n && r >= 0; i += number) {
		struct label next = code_label(code);

		number = same(plans + i, n - i);
		if (number < n) {
			load_number(code, on_return);
			code_jump_if(code, BPF_JNE, R2, (int32_t)plans[i].number, next);
		}
		r = emit_number(code, plans + i, number, one_table);
		if (number < n && i + number < n)
			code_jump(code, out);
		code_here(code, next);
	}
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
	return r;
}

/* What emit_choice() calls, in the same order. */
static int emit_functions(struct code *code, const struct syscall_plan *plans, size_t n)
{
	if (!is_one_function(plans, n)) {
		size_t middle = middle_of(plans, n);
		int r = emit_functions(code, plans, middle);

		return r < 0 ? r : emit_functions(code, plans + middle, n - middle);
	}
	code_function(code, plans[0].plan->name);
	code_add(code, INSN_MOV_REG(R6, R1));
	return emit_numbers(code, plans, n, code_label(code));
}

/* Few are no function: to call one and come back costs more than to see that nothing matches. */
static int emit_few(struct code *code, const struct syscall_plan *plans, size_t n, struct label out)
{
	code_jump_if(code, BPF_JLT, R2, (int32_t)plans[0].number, out);
	code_jump_if(code, BPF_JGT, R2, (int32_t)plans[n - 1].number, out);
	return emit_numbers(code, plans, n, out);
}

static int emit_many(struct code *code, const struct syscall_plan *plans, size_t n,
		     struct label out)
{
	emit_choice(code, plans, n, out);
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
	return emit_functions(code, plans, n);
}

int emit_syscalls(struct code *code, const struct syscall_plan *plans, size_t n,
		  const struct verdicts *verdicts)
{
	struct label out = code_label(code);
	int r = 0;

	code_add(code, INSN_MOV_REG(R6, R1));
	if (n) {
		load_number(code, plans[0].backend->on_return);
		r = is_one_function(plans, n) ? emit_few(code, plans, n, out)
					      : emit_many(code, plans, n, out);
	} else {
		code_add(code, INSN_RETURN(0));
	}
	if (r < 0)
		return r;
	emit_verdicts(code, verdicts);
	return code_finish(code);
}
