/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EXPRESSION_H
#define OCELLI_COMPILE_EXPRESSION_H

#include "base/error.h"
#include "compile/plan.h"

/*
 * What CelExpr asks of the values of a hook: an expression of src/cel as far as a
 * program in the kernel can compute it, with its types known. Numbers are those of
 * 32 and 64 bits, which are not mixed; they are kept extended to 64 bits, and what
 * is added wraps around.
 */
enum expression_type {
	EXPRESSION_BOOL,
	EXPRESSION_S32,
	EXPRESSION_U32,
	EXPRESSION_S64,
	EXPRESSION_U64,
	EXPRESSION_STRING,
	_EXPRESSION_TYPE_MAX,
};

enum expression_kind {
	EXPRESSION_CONSTANT,
	EXPRESSION_TEXT,    /* a string that was written */
	EXPRESSION_CAPTURE, /* a value of the hook */
	EXPRESSION_TEST,    /* of a value that is a string, or in a list */
	EXPRESSION_NOT,
	EXPRESSION_AND, /* of two or more, like … */
	EXPRESSION_OR,
	EXPRESSION_CONDITION, /* the second if the first, else the third */
	EXPRESSION_EQUAL,     /* of numbers or bools, as all that follow */
	EXPRESSION_UNEQUAL,
	EXPRESSION_LESS,
	EXPRESSION_LESS_EQUAL,
	EXPRESSION_GREATER,
	EXPRESSION_GREATER_EQUAL,
	EXPRESSION_ADD,
	EXPRESSION_SUBTRACT,
	EXPRESSION_BIT_AND,
	EXPRESSION_BIT_OR,
	EXPRESSION_BIT_XOR,
	EXPRESSION_BIT_NOT,
	EXPRESSION_CAST,
};

struct expression {
	enum expression_kind kind;
	enum expression_type type;
	union {
		uint64_t constant;
		struct bytes text;
		size_t capture;
		const struct test *test;
	};
	size_t n;
	const struct expression **child;
};

/* The whole of it, with the captures that it mentions. Unless all of them could be read, it is not
 * true. */
struct expressions {
	const struct expression *top;
	size_t n;
	const size_t *captures;
};

/* Numbers that wait while what they are computed with is computed. */
#define EXPRESSION_DEPTH 8

/*
 * Reads an expression in which argN and dataN are values of the hook. What it
 * makes is in the planner's arena. Returns 0; -EINVAL with the place in the text
 * and why, also for what cannot be computed in the kernel; -ENODATA, without an
 * error, when it is up to the kernel of which type a value is; -ENOMEM.
 */
struct planner;
int expression_read(struct planner *p, const char *text, const struct expressions **ret,
		    struct error **reterr);

/* Finds what is wrong with the expressions of a policy, as far as it can be told without the kernel
 * that it is for. Returns 0 or -ENOMEM. */
int expressions_check(const struct policy *policy, struct diagnostics *diags);

/* Makes a number of 64 bits one of the type. */
uint64_t expression_fit(uint64_t v, enum expression_type type);

static inline bool expression_is_signed(enum expression_type type)
{
	return type == EXPRESSION_S32 || type == EXPRESSION_S64;
}

#endif
