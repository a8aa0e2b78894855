// SPDX-License-Identifier: Apache-2.0
#include "compile/emit_operand.h"

#include <stddef.h>
#include <sys/user.h>

static void load_part(struct code *code, int reg, const struct register_part *part, unsigned bits,
		      bool is_signed)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)part->offset));
	code_extract(code, reg, part->shift, bits, is_signed);
}

static void load_constant(struct code *code, int reg, int64_t constant)
{
	code_add(code, INSN_LOAD_CONST((uint8_t)reg & 15, constant));
}

/* Where the operand is in memory; R0 is lost. */
static void load_address(struct code *code, int reg, const struct operand *operand)
{
	uint8_t r = (uint8_t)reg & 15;

	if (operand->has_base)
		load_part(code, reg, &operand->base, operand->base.bits, false);
	else
		code_add(code, INSN_MOV(r, 0));
	if (operand->has_index) {
		load_part(code, R0, &operand->index, operand->index.bits, operand->index_is_signed);
		code_add(code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, R0, 0, 0, (int32_t)operand->shift),
			 INSN(BPF_ALU64 | BPF_ADD | BPF_X, r, R0, 0, 0));
	}
	if (operand->constant) {
		load_constant(code, R0, operand->constant);
		code_add(code, INSN(BPF_ALU64 | BPF_ADD | BPF_X, r, R0, 0, 0));
	}
}

static void load_from_memory(struct code *code, int reg, const struct operand *operand)
{
	uint8_t r = (uint8_t)reg & 15, width = insn_width(operand->bits / 8);

	load_address(code, R3, operand);
	code->waits = true;
	/* It has zeros there where it fails. */
	code_add(code, INSN_MOV(R2, (int32_t)operand->bits / 8), INSN_MOV_REG(R1, FP),
		 INSN_ADD(R1, SLOT_LOADED), INSN_CALL(BPF_FUNC_probe_read_user),
		 INSN(BPF_LDX | BPF_MEM | width, r, FP, SLOT_LOADED, 0));
	code_extract(code, reg, 0, operand->bits, operand->is_signed);
}

static void load_operand(struct code *code, const struct backend *backend, int reg, unsigned place)
{
	unsigned n = backend->places / 2;
	const struct operand *operand = &backend->operands[place % n];

	if (operand->kind == OPERAND_CONSTANT)
		load_constant(code, reg, operand->constant);
	else if (operand->kind == OPERAND_REGISTER)
		load_part(code, reg, &operand->base, operand->bits, operand->is_signed);
	else if (place >= n)
		load_address(code, reg, operand);
	else
		load_from_memory(code, reg, operand);
}

/* --- functions */

#if defined(__x86_64__)
#define REGISTER(x86, arm64) offsetof(struct user_regs_struct, x86)
#define STACK_POINTER offsetof(struct user_regs_struct, rsp)
/* Above where it returns to. */
#define ON_STACK(i) (8 * ((i) - 6) + 8)
#elif defined(__aarch64__)
#define REGISTER(x86, arm64) offsetof(struct user_regs_struct, regs[arm64])
#define STACK_POINTER offsetof(struct user_regs_struct, sp)
#define ON_STACK(i) (8 * ((i) - 8))
#endif

#define IN_REGISTER(x86, arm64) \
	{.kind = OPERAND_REGISTER, .bits = 64, .base = {REGISTER(x86, arm64), 0, 64}}
#define IN_MEMORY(i)                     \
	{.kind = OPERAND_MEMORY,         \
	 .bits = 64,                     \
	 .has_base = true,               \
	 .base = {STACK_POINTER, 0, 64}, \
	 .constant = ON_STACK(i)}

/* Where a function begins, as the System V ABI of the machine has it. */
const struct operand operands_of_function[OPERANDS_OF_FUNCTION] = {
	IN_REGISTER(rdi, 0), IN_REGISTER(rsi, 1), IN_REGISTER(rdx, 2), IN_REGISTER(rcx, 3),
	IN_REGISTER(r8, 4),  IN_REGISTER(r9, 5),
#if defined(__x86_64__)
	IN_MEMORY(6),        IN_MEMORY(7),
#elif defined(__aarch64__)
	IN_REGISTER(, 6),    IN_REGISTER(, 7),
#endif
	IN_MEMORY(8),        IN_MEMORY(9),        IN_MEMORY(10),       IN_MEMORY(11),
	IN_MEMORY(12),       IN_MEMORY(13),       IN_MEMORY(14),       IN_MEMORY(15),
};

const struct backend backend_uprobe = {
	.load = load_operand,
	.operands = operands_of_function,
	.places = 2 * OPERANDS_OF_FUNCTION,
	.in_process = true,
	.registers = true,
};

struct backend backend_of_operands(const struct operand *operands, size_t n)
{
	return (struct backend){
		.load = load_operand,
		.operands = operands,
		.places = 2 * (unsigned)n,
		.in_process = true,
		.registers = true,
	};
}
