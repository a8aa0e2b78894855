// SPDX-License-Identifier: Apache-2.0
#include "compile/emit_operand.h"

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
