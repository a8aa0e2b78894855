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

/* … of one by a 32-bit program (arch/x86/include/asm/syscall_wrapper.h: SC_IA32_REGS_TO_ARGS) … */
static const size_t of_compat_syscall[] = {
	REGISTER(rbx, 0), REGISTER(rcx, 1), REGISTER(rdx, 2),
	REGISTER(rsi, 3), REGISTER(rdi, 4), REGISTER(rbp, 5),
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
static void load_sys_enter(struct code *code, const struct backend *backend, int reg,
			   unsigned place)
{
	uint8_t r = (uint8_t)reg & 15;

	code_add(code, INSN_LOAD(r, R6, 0), INSN_LOAD(r, r, (int16_t)of_syscall[place]));
}

/* What is above 32 bits is not the program's to say. */
static void cut_word(struct code *code, int reg)
{
	uint8_t r = (uint8_t)reg & 15;

	code_add(code, INSN(BPF_ALU | BPF_MOV | BPF_X, r, r, 0, 0));
}

static void load_compat_sys_enter(struct code *code, const struct backend *backend, int reg,
				  unsigned place)
{
	uint8_t r = (uint8_t)reg & 15;

	code_add(code, INSN_LOAD(r, R6, 0), INSN_LOAD(r, r, (int16_t)of_compat_syscall[place]));
	cut_word(code, reg);
}

/* Of what is at the address in R3: eight bytes. */
static void load_read(struct code *code, int reg)
{
	code_add(code, INSN_MOV(R2, 8), INSN_MOV_REG(R1, FP), INSN_ADD(R1, SLOT_LOADED),
		 INSN_CALL(BPF_FUNC_probe_read_kernel),
		 INSN_LOAD((uint8_t)reg & 15, FP, SLOT_LOADED));
}

/* long __x64_sys_…(const struct pt_regs *regs) */
static void load_syscall_kprobe(struct code *code, const struct backend *backend, int reg,
				unsigned place)
{
	code_add(code, INSN_LOAD(R3, R6, (int16_t)of_function[0]),
		 INSN_ADD(R3, (int32_t)of_syscall[place]));
	load_read(code, reg);
}

static void load_compat_kprobe(struct code *code, const struct backend *backend, int reg,
			       unsigned place)
{
	code_add(code, INSN_LOAD(R3, R6, (int16_t)of_function[0]),
		 INSN_ADD(R3, (int32_t)of_compat_syscall[place]));
	load_read(code, reg);
	cut_word(code, reg);
}

static void load_kprobe(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)of_function[place]));
}

static void load_raw(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)(8 * place)));
}

/* Functions take numbers, and the verifier keeps typed pointers from them: what is there is read as
 * any memory is. */
static void load_typed(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	int32_t offset = 8 * (int32_t)(place >> 1);

	if (!(place & 1)) {
		code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)offset));
		return;
	}
	code_add(code, INSN_MOV_REG(R3, R6), INSN_ADD(R3, offset));
	load_read(code, reg);
}

/* TP_PROTO(struct pt_regs *regs, long ret); the function itself has the same, typed */
static void load_sys_exit(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, 8));
}

static void load_kretprobe(struct code *code, const struct backend *backend, int reg,
			   unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, REGISTER(rax, 0)));
}

/* The address of the context as a number, which functions take: what it is stored as is read. */
static void load_context(struct code *code, int reg)
{
	code_add(code, INSN_STORE(FP, SLOT_LOADED, R6), INSN_MOV_REG(R3, FP),
		 INSN_ADD(R3, SLOT_LOADED), INSN_MOV(R2, 8), INSN_MOV_REG(R1, R3),
		 INSN_CALL(BPF_FUNC_probe_read_kernel),
		 INSN_LOAD((uint8_t)reg & 15, FP, SLOT_LOADED));
}

static void load_record(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	uint8_t r = (uint8_t)reg & 15;
	int16_t offset = (int16_t)(place & 0xffff);
	unsigned size = place >> 16 & 0xff;
	int32_t unused = 64 - 8 * (int32_t)size;

	switch ((enum record_place)(place >> 24)) {
	case RECORD_VALUE:
		code_add(code, INSN(BPF_LDX | BPF_MEM | insn_width(size), r, R6, offset, 0));
		break;
	case RECORD_SIGNED_VALUE:
		code_add(code, INSN(BPF_LDX | BPF_MEM | insn_width(size), r, R6, offset, 0),
			 INSN(BPF_ALU64 | BPF_LSH | BPF_K, r, 0, 0, unused),
			 INSN(BPF_ALU64 | BPF_ARSH | BPF_K, r, 0, 0, unused));
		break;
	case RECORD_ADDRESS:
		load_context(code, reg);
		code_add(code, INSN_ADD(r, offset));
		break;
	case RECORD_DATA_LOC:
		/* include/trace/stages: the length is above these bits. */
		load_context(code, reg);
		code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_W, R0, R6, offset, 0),
			 INSN(BPF_ALU64 | BPF_AND | BPF_K, R0, 0, 0, 0xffff),
			 INSN(BPF_ALU64 | BPF_ADD | BPF_X, r, R0, 0, 0));
		break;
	}
}

const struct backend backend_tracepoint = {
	.load = load_record,
	.places = UINT32_MAX,
	.kernel_pointers = true,
};

const struct backend backend_syscall_tracepoint = {
	.load = load_record,
	.places = UINT32_MAX,
};

const struct backend backend_sys_enter = {
	.load = load_sys_enter,
	.places = ARRAY_SIZE(of_syscall),
};

const struct backend backend_syscall_kprobe = {
	.load = load_syscall_kprobe,
	.places = ARRAY_SIZE(of_syscall),
	.registers = true,
};

const struct backend backend_compat_sys_enter = {
	.load = load_compat_sys_enter,
	.places = ARRAY_SIZE(of_compat_syscall),
	.compat = true,
	.small_addresses = true,
};

const struct backend backend_compat_kprobe = {
	.load = load_compat_kprobe,
	.places = ARRAY_SIZE(of_compat_syscall),
	.compat = true,
	.small_addresses = true,
	.registers = true,
};

/* Words are those of 64-bit programs. */
const struct backend backend_x32_sys_enter = {
	.load = load_sys_enter,
	.places = ARRAY_SIZE(of_syscall),
	.small_addresses = true,
};

const struct backend backend_x32_kprobe = {
	.load = load_syscall_kprobe,
	.places = ARRAY_SIZE(of_syscall),
	.small_addresses = true,
	.registers = true,
};

static const struct backend sys_exit = {
	.load = load_sys_exit,
	.places = 1,
	.on_return = true,
};

static const struct backend syscall_kretprobe = {
	.load = load_kretprobe,
	.places = 1,
	.on_return = true,
	.registers = true,
};

static const struct backend compat_kretprobe = {
	.load = load_kretprobe,
	.places = 1,
	.on_return = true,
	.compat = true,
	.small_addresses = true,
	.registers = true,
};

static const struct backend compat_sys_exit = {
	.load = load_sys_exit,
	.places = 1,
	.on_return = true,
	.compat = true,
	.small_addresses = true,
};

static const struct backend x32_sys_exit = {
	.load = load_sys_exit,
	.places = 1,
	.on_return = true,
	.small_addresses = true,
};

static const struct backend x32_kretprobe = {
	.load = load_kretprobe,
	.places = 1,
	.on_return = true,
	.small_addresses = true,
	.registers = true,
};

static const struct backend kretprobe = {
	.load = load_kretprobe,
	.places = 1,
	.on_return = true,
	.kernel_pointers = true,
	.registers = true,
};

static const struct backend typed_return = {
	.load = load_typed,
	.places = UINT32_MAX,
	.on_return = true,
	.kernel_pointers = true,
};

const struct backend backend_kprobe = {
	.load = load_kprobe,
	.places = ARRAY_SIZE(of_function),
	.kernel_pointers = true,
	.registers = true,
};

static const struct backend uretprobe = {
	.load = load_kretprobe,
	.places = 1,
	.on_return = true,
	.in_process = true,
	.registers = true,
};

const struct backend backend_raw_tracepoint = {
	.load = load_raw,
	.places = RAW_MAX,
	.kernel_pointers = true,
};

const struct backend backend_typed = {
	.load = load_typed,
	.places = UINT32_MAX,
	.kernel_pointers = true,
};

const struct backend *backend_of_return(const struct backend *at)
{
	static const struct {
		const struct backend *at, *end;
	} ends[] = {
		{&backend_sys_enter, &sys_exit},
		{&backend_compat_sys_enter, &compat_sys_exit},
		{&backend_syscall_kprobe, &syscall_kretprobe},
		{&backend_compat_kprobe, &compat_kretprobe},
		{&backend_x32_sys_enter, &x32_sys_exit},
		{&backend_x32_kprobe, &x32_kretprobe},
		{&backend_typed, &typed_return},
		{&backend_uprobe, &uretprobe},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (ends[i].at == at)
			return ends[i].end;
	return &kretprobe;
}
