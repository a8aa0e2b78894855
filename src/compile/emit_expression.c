// SPDX-License-Identifier: Apache-2.0
#include "compile/emit_expression.h"
#include "code/access_path.h"

struct writer {
	struct code *code;
	const struct expression_values *values;
	int slot; /* that is free */
};

static void write_bool(struct writer *w, const struct expression *e, struct label yes,
		       struct label no);
static void write_number(struct writer *w, const struct expression *e);

/* A bool in R1. */
static void write_flag(struct writer *w, const struct expression *e)
{
	struct code *code = w->code;
	struct label yes = code_label(code), no = code_label(code), done = code_label(code);

	write_bool(w, e, yes, no);
	code_here(code, yes);
	code_add(code, INSN_MOV(R1, 1));
	code_jump(code, done);
	code_here(code, no);
	code_add(code, INSN_MOV(R1, 0));
	code_here(code, done);
}

static void write_either(struct writer *w, const struct expression *e)
{
	struct code *code = w->code;
	struct label yes = code_label(code), no = code_label(code), done = code_label(code);

	write_bool(w, e->child[0], yes, no);
	code_here(code, yes);
	write_number(w, e->child[1]);
	code_jump(code, done);
	code_here(code, no);
	write_number(w, e->child[2]);
	code_here(code, done);
}

/* The first in R1, the second in R2. */
static void write_pair(struct writer *w, const struct expression *e)
{
	int16_t slot = (int16_t)w->slot;

	write_number(w, e->child[0]);
	code_add(w->code, INSN_STORE(FP, slot, R1));
	w->slot -= 8;
	write_number(w, e->child[1]);
	w->slot += 8;
	code_add(w->code, INSN_MOV_REG(R2, R1), INSN_LOAD(R1, FP, slot));
}

static void fit(struct writer *w, enum expression_type type)
{
	if (type == EXPRESSION_S32 || type == EXPRESSION_U32)
		code_extract(w->code, R1, 0, 32, type == EXPRESSION_S32);
}

static void write_binary(struct writer *w, const struct expression *e, int op)
{
	write_pair(w, e);
	code_add(w->code, INSN(BPF_ALU64 | ((unsigned)op & 0xf0U) | BPF_X, R1, R2, 0, 0));
	fit(w, e->type);
}

/* A number in R1. */
static void write_number(struct writer *w, const struct expression *e)
{
	switch (e->kind) {
	case EXPRESSION_CONSTANT:
		code_add(w->code, INSN_LOAD_CONST(R1, e->constant));
		break;
	case EXPRESSION_CAPTURE:
		w->values->load(w->values->context, e->capture);
		break;
	case EXPRESSION_ADD:
		write_binary(w, e, BPF_ADD);
		break;
	case EXPRESSION_SUBTRACT:
		write_binary(w, e, BPF_SUB);
		break;
	case EXPRESSION_BIT_AND:
		write_binary(w, e, BPF_AND);
		break;
	case EXPRESSION_BIT_OR:
		write_binary(w, e, BPF_OR);
		break;
	case EXPRESSION_BIT_XOR:
		write_binary(w, e, BPF_XOR);
		break;
	case EXPRESSION_BIT_NOT:
		write_number(w, e->child[0]);
		code_add(w->code, INSN(BPF_ALU64 | BPF_XOR | BPF_K, R1, 0, 0, -1));
		fit(w, e->type);
		break;
	case EXPRESSION_CAST:
		write_number(w, e->child[0]);
		fit(w, e->type);
		break;
	case EXPRESSION_CONDITION:
		write_either(w, e);
		break;
	default:
		write_flag(w, e);
	}
}

static void write_compare(struct writer *w, const struct expression *e, int op, int signed_op,
			  struct label yes, struct label no)
{
	bool is_signed = expression_is_signed(e->child[0]->type);

	write_pair(w, e);
	code_jump_if_reg(w->code, is_signed ? signed_op : op, R1, R2, yes);
	code_jump(w->code, no);
}

/* All of them, or any of them. */
static void write_several(struct writer *w, const struct expression *e, struct label yes,
			  struct label no)
{
	for (size_t i = 0; i + 1 < e->n; i++) {
		struct label next = code_label(w->code);

		if (e->kind == EXPRESSION_AND)
			write_bool(w, e->child[i], next, no);
		else
			write_bool(w, e->child[i], yes, next);
		code_here(w->code, next);
	}
	write_bool(w, e->child[e->n - 1], yes, no);
}

static void write_choice(struct writer *w, const struct expression *e, struct label yes,
			 struct label no)
{
	struct label then = code_label(w->code), otherwise = code_label(w->code);

	write_bool(w, e->child[0], then, otherwise);
	code_here(w->code, then);
	write_bool(w, e->child[1], yes, no);
	code_here(w->code, otherwise);
	write_bool(w, e->child[2], yes, no);
}

static void write_bool(struct writer *w, const struct expression *e, struct label yes,
		       struct label no)
{
	switch (e->kind) {
	case EXPRESSION_CONSTANT:
		code_jump(w->code, e->constant ? yes : no);
		break;
	case EXPRESSION_TEST:
		w->values->test(w->values->context, e->test, yes, no);
		break;
	case EXPRESSION_NOT:
		write_bool(w, e->child[0], no, yes);
		break;
	case EXPRESSION_AND:
	case EXPRESSION_OR:
		write_several(w, e, yes, no);
		break;
	case EXPRESSION_CONDITION:
		write_choice(w, e, yes, no);
		break;
	case EXPRESSION_EQUAL:
		write_compare(w, e, BPF_JEQ, BPF_JEQ, yes, no);
		break;
	case EXPRESSION_UNEQUAL:
		write_compare(w, e, BPF_JNE, BPF_JNE, yes, no);
		break;
	case EXPRESSION_LESS:
		write_compare(w, e, BPF_JLT, BPF_JSLT, yes, no);
		break;
	case EXPRESSION_LESS_EQUAL:
		write_compare(w, e, BPF_JLE, BPF_JSLE, yes, no);
		break;
	case EXPRESSION_GREATER:
		write_compare(w, e, BPF_JGT, BPF_JSGT, yes, no);
		break;
	default:
		write_compare(w, e, BPF_JGE, BPF_JSGE, yes, no);
	}
}

void emit_expression(struct code *code, const struct expression *expression,
		     const struct expression_values *values, int slot, struct label yes,
		     struct label no)
{
	struct writer w = {code, values, slot};

	write_bool(&w, expression, yes, no);
}
