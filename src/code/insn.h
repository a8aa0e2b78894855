/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CODE_INSN_H
#define OCELLI_CODE_INSN_H

/*
 * BPF instructions by hand, as initialisers of struct bpf_insn. What is only
 * known when a program is loaded (descriptors of maps, BTF ids of kernel
 * functions) is an index into what program_load() is given.
 */

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#define INSN(c, d, s, o, i) {.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)}

#define R0 BPF_REG_0
#define R1 BPF_REG_1
#define R2 BPF_REG_2
#define R3 BPF_REG_3
#define R4 BPF_REG_4
#define R5 BPF_REG_5
#define R6 BPF_REG_6
#define R7 BPF_REG_7
#define R8 BPF_REG_8
#define R9 BPF_REG_9
#define FP BPF_REG_10

#define INSN_MOV(dst, imm) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define INSN_MOV_REG(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define INSN_ADD(dst, imm) INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define INSN_LOAD(dst, src, off) INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define INSN_STORE(dst, off, src) INSN(BPF_STX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define INSN_STORE_IMM(dst, off, imm) INSN(BPF_ST | BPF_MEM | BPF_DW, dst, 0, off, imm)
/* Since 5.12 called BPF_ATOMIC with BPF_ADD in imm: the same bits. */
#define INSN_ATOMIC_ADD(dst, off, src) INSN(BPF_STX | BPF_ATOMIC | BPF_DW, dst, src, off, BPF_ADD)
#define INSN_JUMP(off) INSN(BPF_JMP | BPF_JA, 0, 0, off, 0)
/* Jumps @off instructions further when the comparison holds. */
#define INSN_JUMP_IF(op, dst, imm, off) INSN(BPF_JMP | (op) | BPF_K, dst, 0, off, imm)
#define INSN_EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#define INSN_CALL(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
/* The @n-th of the program's ->kfuncs. */
#define INSN_CALL_KFUNC(n) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, n)
/* The function that begins @off instructions after the next one. */
#define INSN_CALL_OWN(off) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, off)

#define INSN_LOAD_WIDE(dst, what, imm) \
	INSN(BPF_LD | BPF_DW | BPF_IMM, dst, what, 0, imm), INSN(0, 0, 0, 0, 0)
#define INSN_LOAD_CONST(dst, v)                                             \
	INSN(BPF_LD | BPF_DW | BPF_IMM, dst, 0, 0, (int32_t)(uint32_t)(v)), \
		INSN(0, 0, 0, 0, (int32_t)(uint32_t)((uint64_t)(v) >> 32))
/* The @n-th of the maps. */
#define INSN_LOAD_MAP(dst, n) INSN_LOAD_WIDE(dst, BPF_PSEUDO_MAP_FD, n)
/* The address of the value of the @n-th of the maps, an array. */
#define INSN_LOAD_VALUE(dst, n) INSN_LOAD_WIDE(dst, BPF_PSEUDO_MAP_VALUE, n)
/* The same at @offset in it. */
#define INSN_LOAD_VALUE_AT(dst, n, offset) \
	INSN(BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_VALUE, 0, n), INSN(0, 0, 0, 0, offset)
/* The function that begins @off instructions after this one's first half. */
#define INSN_LOAD_CALLBACK(dst, off) INSN_LOAD_WIDE(dst, BPF_PSEUDO_FUNC, (off) - 1)

/* How wide a load or a store of so many bytes is: 1, 2, 4 or 8. */
static inline uint8_t insn_width(size_t size)
{
	return size == 1 ? BPF_B : size == 2 ? BPF_H : size == 4 ? BPF_W : BPF_DW;
}

#define INSN_RETURN(imm) INSN_MOV(R0, imm), INSN_EXIT

#endif
