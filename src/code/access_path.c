// SPDX-License-Identifier: Apache-2.0
#include "code/access_path.h"

/* Addresses of the kernel are the upper half, on x86-64 and arm64. */
static void read_any(struct code *code)
{
	struct label of_kernel = code_label(code), done = code_label(code);

	code_jump_if(code, BPF_JSLT, R3, 0, of_kernel);
	code_add(code, INSN_CALL(BPF_FUNC_probe_read_user));
	code_jump(code, done);
	code_here(code, of_kernel);
	code_add(code, INSN_CALL(BPF_FUNC_probe_read_kernel));
	code_here(code, done);
}

static void read_step(struct code *code, const struct access_step *step, enum access_memory memory,
		      int slot, struct label fault)
{
	struct label read = code_label(code);

	code_add(code, INSN_MOV_REG(R1, FP), INSN_ADD(R1, slot), INSN_MOV(R2, step->size));
	if (memory == ACCESS_ANY)
		read_any(code);
	else
		code_add(code, INSN_CALL(BPF_FUNC_probe_read_user));
	code_jump_if(code, BPF_JEQ, R0, 0, read);
	code_add(code, INSN_MOV(R3, step->depth));
	code_jump(code, fault);
	code_here(code, read);
	code_add(code, INSN(BPF_LDX | BPF_MEM | insn_width(step->size), R3, FP, (int16_t)slot, 0));
}

void code_follow(struct code *code, const struct access_path *path, enum access_memory memory,
		 int slot, struct label fault)
{
	for (size_t i = 0; i < path->n; i++) {
		const struct access_step *step = &path->steps[i];

		if (step->offset)
			code_add(code, INSN_ADD(R3, (int32_t)step->offset));
		if (step->size)
			read_step(code, step, memory, slot, fault);
	}
	if (path->bits)
		code_extract(code, R3, path->shift, path->bits, path->is_signed);
}

void code_extract(struct code *code, int reg, unsigned shift, unsigned bits, bool is_signed)
{
	uint8_t r = (uint8_t)reg & 15;

	if (bits == 64)
		return;
	code_add(code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, r, 0, 0, (int32_t)(64 - shift - bits)),
		 INSN(BPF_ALU64 | (is_signed ? BPF_ARSH : BPF_RSH) | BPF_K, r, 0, 0,
		      (int32_t)(64 - bits)));
}

uint64_t access_extract(uint64_t v, unsigned shift, unsigned bits, bool is_signed)
{
	v <<= 64 - shift - bits;
	return is_signed ? (uint64_t)((int64_t)v >> (64 - bits)) : v >> (64 - bits);
}

bool access_follow(const struct access_path *path, uint64_t from, access_read_fn *read,
		   void *context, uint64_t *ret)
{
	for (size_t i = 0; i < path->n; i++) {
		const struct access_step *step = &path->steps[i];
		uint64_t v = 0;

		from += step->offset;
		if (!step->size)
			continue;
		/* As on every machine that this runs on, the least byte is first. */
		if (!read(context, &v, step->size, from)) {
			*ret = step->depth;
			return false;
		}
		from = v;
	}
	*ret = path->bits ? access_extract(from, path->shift, path->bits, path->is_signed) : from;
	return true;
}
