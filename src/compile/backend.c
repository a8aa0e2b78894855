// SPDX-License-Identifier: Apache-2.0
#include "compile/backend.h"
#include "base/macro.h"

#include <stddef.h>
#include <sys/user.h>

/* The kernel's struct pt_regs begins as what ptrace(2) shows of it (arch/x86/include/asm/ptrace.h,
 * arch/arm64/include/asm/ptrace.h). */
#if defined(__x86_64__)
#define REGISTER(x86, arm64) offsetof(struct user_regs_struct, x86)
#elif defined(__aarch64__)
#define REGISTER(x86, arm64) offsetof(struct user_regs_struct, regs[arm64])
#endif

/* Where the kernel keeps the arguments of a system call … */
static const size_t of_syscall[] = {
	REGISTER(rdi, 0), REGISTER(rsi, 1), REGISTER(rdx, 2),
	REGISTER(r10, 3), REGISTER(r8, 4),  REGISTER(r9, 5),
};

/* … and where those of a function are when it is called. */
static const size_t of_function[] = {
	REGISTER(rdi, 0), REGISTER(rsi, 1), REGISTER(rdx, 2),
	REGISTER(rcx, 3), REGISTER(r8, 4),  REGISTER(r9, 5),
#ifdef __aarch64__
	REGISTER(, 6),    REGISTER(, 7),
#endif
};

/* Of the arguments of a raw tracepoint: include/trace/bpf_probe.h */
#define RAW_MAX 12

/* TP_PROTO(struct pt_regs *regs, long id), of types that the verifier knows */
static void load_sys_enter(struct code *code, int reg, unsigned place)
{
	uint8_t r = (uint8_t)reg & 15;

	code_add(code, INSN_LOAD(r, R6, 0), INSN_LOAD(r, r, (int16_t)of_syscall[place]));
}

/* long __x64_sys_…(const struct pt_regs *regs) */
static void load_syscall_kprobe(struct code *code, int reg, unsigned place)
{
	code_add(code, INSN_LOAD(R3, R6, (int16_t)of_function[0]),
		 INSN_ADD(R3, (int32_t)of_syscall[place]), INSN_MOV(R2, 8), INSN_MOV_REG(R1, FP),
		 INSN_ADD(R1, SLOT_LOADED), INSN_CALL(BPF_FUNC_probe_read_kernel),
		 INSN_LOAD((uint8_t)reg & 15, FP, SLOT_LOADED));
}

static void load_kprobe(struct code *code, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)of_function[place]));
}

static void load_raw(struct code *code, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)(8 * place)));
}

/* TP_PROTO(struct pt_regs *regs, long ret) */
static void load_sys_exit(struct code *code, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, 8));
}

static void load_kretprobe(struct code *code, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, REGISTER(rax, 0)));
}

const struct backend backend_sys_enter = {
	.load = load_sys_enter,
	.places = ARRAY_SIZE(of_syscall),
};

const struct backend backend_syscall_kprobe = {
	.load = load_syscall_kprobe,
	.places = ARRAY_SIZE(of_syscall),
};

const struct backend backend_sys_exit = {
	.load = load_sys_exit,
	.places = 1,
	.on_return = true,
};

const struct backend backend_kretprobe = {
	.load = load_kretprobe,
	.places = 1,
	.on_return = true,
	.kernel_pointers = true,
};

const struct backend backend_kprobe = {
	.load = load_kprobe,
	.places = ARRAY_SIZE(of_function),
	.kernel_pointers = true,
};

const struct backend backend_raw_tracepoint = {
	.load = load_raw,
	.places = RAW_MAX,
	.kernel_pointers = true,
};
