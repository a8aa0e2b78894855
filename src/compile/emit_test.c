// SPDX-License-Identifier: Apache-2.0
#include "compile/emit_test.h"
#include "abi/hook.h"
#include "base/macro.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* So few are compared one by one; of more, half are ruled out at a time. */
#define LINEAR_MAX 3

/* The immediate of a comparison is extended by its sign. */
static bool is_immediate(uint64_t v)
{
	return (uint64_t)(int64_t)(int32_t)v == v;
}

void emit_jump_if(struct code *code, int op, int reg, uint64_t v, struct label label)
{
	if (is_immediate(v)) {
		code_jump_if(code, op, reg, (int32_t)v, label);
		return;
	}
	code_add(code, INSN_LOAD_CONST(R2, v));
	code_jump_if_reg(code, op, reg, R2, label);
}

static void emit_range(struct code *code, const struct range *r, bool is_signed, struct label yes)
{
	struct label next;

	if (r->low == r->high) {
		emit_jump_if(code, BPF_JEQ, R1, r->low, yes);
		return;
	}
	next = code_label(code);
	emit_jump_if(code, is_signed ? BPF_JSLT : BPF_JLT, R1, r->low, next);
	emit_jump_if(code, is_signed ? BPF_JSLE : BPF_JLE, R1, r->high, yes);
	code_here(code, next);
}

static void emit_ranges(struct code *code, const struct range *v, size_t n, bool is_signed,
			struct label yes, struct label no)
{
	struct label right;

	if (n <= LINEAR_MAX) {
		for (size_t i = 0; i < n; i++)
			emit_range(code, &v[i], is_signed, yes);
		code_jump(code, no);
		return;
	}
	right = code_label(code);
	emit_jump_if(code, is_signed ? BPF_JSGE : BPF_JGE, R1, v[n / 2].low, right);
	emit_ranges(code, v, n / 2, is_signed, yes, no);
	code_here(code, right);
	emit_ranges(code, v + n / 2, n - n / 2, is_signed, yes, no);
}

void emit_number_test(struct code *code, const struct test *test, struct label yes, struct label no)
{
	if (test->kind == TEST_RANGES) {
		emit_ranges(code, test->ranges, test->n, test->is_signed, yes, no);
		return;
	}
	emit_jump_if(code, BPF_JSET, R1, test->mask, yes);
	code_jump(code, no);
}

void emit_load_field(struct code *code, int reg, int offset, unsigned bits)
{
	uint8_t r = (uint8_t)reg & 15;
	code_add(code, INSN_MOV_REG(r, R7), INSN_ADD(r, offset),
		 INSN(BPF_LDX | BPF_MEM | insn_width(bits / 8), r, r, 0, 0));
}

void emit_gained(struct code *code, struct label yes, struct label no)
{
	code_add(code, INSN(BPF_ALU64 | BPF_XOR | BPF_K, R2, 0, 0, -1),
		 INSN(BPF_ALU64 | BPF_AND | BPF_X, R1, R2, 0, 0));
	code_jump_if(code, BPF_JNE, R1, 0, yes);
	code_jump(code, no);
}

/* Into the scratch, in pieces of eight bytes. */
static void put_needle(struct code *code, const struct bytes *b)
{
	int to = (int)offsetof(struct hook_scratch, needle);

	code_add(code, INSN_MOV_REG(R1, R7), INSN_ADD(R1, to));
	for (size_t at = 0; at < b->len; at += 8) {
		uint64_t v = 0;

		memcpy(&v, b->s + at, MIN(b->len - at, 8));
		code_add(code, INSN_LOAD_CONST(R2, v), INSN_STORE(R1, (int16_t)at, R2));
	}
}

void emit_find(struct code *code, const struct test *test, int offset, int len_slot,
	       struct label yes, struct label no)
{
	int32_t any_case = test->kind == TEST_SUBSTRING_NOCASE;

	for (size_t i = 0; i < test->n; i++) {
		put_needle(code, &test->strings[i]);
		code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, offset),
			 INSN_LOAD(R3, FP, (int16_t)len_slot),
			 INSN_MOV(R4, (int32_t)test->strings[i].len), INSN_MOV(R5, any_case));
		code_call(code, "hook_find");
		code_jump_if(code, BPF_JNE, R0, 0, yes);
	}
	code_jump(code, no);
}
