// SPDX-License-Identifier: Apache-2.0
#include "compile/syscalls.h"
#include "base/macro.h"

#include <stddef.h>
#include <sys/user.h>

/* Where the kernel keeps the arguments of a system call in its struct pt_regs, which begins as
 * what ptrace(2) shows of it (arch/x86/include/asm/ptrace.h, arch/arm64/include/asm/ptrace.h). */
static const size_t arguments[] = {
#if defined(__x86_64__)
	offsetof(struct user_regs_struct, rdi), offsetof(struct user_regs_struct, rsi),
	offsetof(struct user_regs_struct, rdx), offsetof(struct user_regs_struct, r10),
	offsetof(struct user_regs_struct, r8),  offsetof(struct user_regs_struct, r9),
#elif defined(__aarch64__)
	offsetof(struct user_regs_struct, regs[0]), offsetof(struct user_regs_struct, regs[1]),
	offsetof(struct user_regs_struct, regs[2]), offsetof(struct user_regs_struct, regs[3]),
	offsetof(struct user_regs_struct, regs[4]), offsetof(struct user_regs_struct, regs[5]),
#endif
};

/* TP_PROTO(struct pt_regs *regs, long id) */
static void load(struct code *code, int reg, unsigned place)
{
	uint8_t r = (uint8_t)reg & 15;

	code_add(code, INSN_LOAD(r, R6, 0), INSN_LOAD(r, r, (int16_t)arguments[place]));
}

static const struct backend sys_enter = {
	.load = load,
	.places = ARRAY_SIZE(arguments),
};

/* Of the plans from @plans on, those for one system call. */
static size_t same(const struct syscall_plan *plans, size_t n)
{
	size_t i = 1;

	while (i < n && plans[i].number == plans[0].number)
		i++;
	return i;
}

/* The number is in R2. */
static void emit_choice(struct code *code, const struct syscall_plan *plans, size_t n,
			struct label out)
{
	size_t first = same(plans, n), middle = n / 2;
	struct label right;

	if (first == n) {
		code_jump_if(code, BPF_JNE, R2, (int32_t)plans[0].number, out);
		/* Another table of system calls, where the number means another. */
		code_call(code, "hook_is_compat");
		code_jump_if(code, BPF_JNE, R0, 0, out);
		for (size_t i = 0; i < n; i++) {
			code_add(code, INSN_MOV_REG(R1, R6));
			code_call(code, plans[i].plan->name);
		}
		code_jump(code, out);
		return;
	}
	/* Where another number begins. */
	if (middle < first)
		middle = first;
	while (plans[middle].number == plans[middle - 1].number)
		middle--;
	right = code_label(code);
	code_jump_if(code, BPF_JGE, R2, (int32_t)plans[middle].number, right);
	emit_choice(code, plans, middle, out);
	code_here(code, right);
	emit_choice(code, plans + middle, n - middle, out);
}

int emit_syscalls(struct code *code, const struct syscall_plan *plans, size_t n,
		  const struct verdicts *verdicts)
{
	struct label out = code_label(code);

	code_add(code, INSN_MOV_REG(R6, R1), INSN_LOAD(R2, R6, 8));
	if (n)
		emit_choice(code, plans, n, out);
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
	for (size_t i = 0; i < n; i++) {
		int r = emit_plan(code, plans[i].plan, &sys_enter);

		if (r < 0)
			return r;
	}
	emit_verdicts(code, verdicts);
	return code_finish(code);
}
