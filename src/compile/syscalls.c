// SPDX-License-Identifier: Apache-2.0
#include "compile/syscalls.h"

#include <stddef.h>
#include <sys/user.h>

/* What the two tracepoints are called with (include/trace/events/syscalls.h). */
static void load_number(struct code *code, const struct backend *backend)
{
	if (!backend->on_return) {
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
			const struct backend *backend, struct label out)
{
	size_t first = same(plans, n), middle = n / 2;
	struct label right;

	if (first == n) {
		code_jump_if(code, BPF_JNE, R2, (int32_t)plans[0].number, out);
		/* Another table of system calls, where the number means another. */
		code_call(code, "hook_is_compat");
		code_jump_if(code, BPF_JNE, R0, 0, out);
		for (size_t i = 0; i < n; i++)
			emit_call(code, plans[i].plan, backend);
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
	emit_choice(code, plans, middle, backend, out);
	code_here(code, right);
	emit_choice(code, plans + middle, n - middle, backend, out);
}

int emit_syscalls(struct code *code, const struct syscall_plan *plans, size_t n,
		  const struct backend *backend, const struct verdicts *verdicts)
{
	struct label out = code_label(code);

	code_add(code, INSN_MOV_REG(R6, R1));
	load_number(code, backend);
	if (n)
		emit_choice(code, plans, n, backend, out);
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
	for (size_t i = 0; i < n; i++) {
		int r = emit_function(code, plans[i].plan, backend);

		if (r < 0)
			return r;
	}
	emit_verdicts(code, verdicts);
	return code_finish(code);
}
