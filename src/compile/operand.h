/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_OPERAND_H
#define OCELLI_COMPILE_OPERAND_H

#include "base/arena.h"
#include "code/access_path.h"
#include "compile/registers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Where a static probe has its arguments: "-4@%eax 8@16(%rsp)", operands as the
 * compiler gave them to the assembler, each behind its size, which is negative if
 * it is signed (docs/usdt.md).
 */

/* Of one place. <sys/sdt.h> knows 12. */
#define OPERANDS_MAX 64U

enum operand_kind {
	OPERAND_CONSTANT, /* its value is constant */
	OPERAND_REGISTER, /* … is what the base has */
	OPERAND_MEMORY,   /* … is at base + (index << shift) + constant */
	OPERAND_UNKNOWN,  /* … is not to be had, for a reason */
};

struct operand {
	enum operand_kind kind;
	unsigned bits; /* 8, 16, 32, 64; of a register never more than it has; 0: unknown */
	bool is_signed, is_float; /* a float's bits are as they are in memory */
	int64_t constant;         /* as it would be in 64 bits; or what is added to an address */
	struct register_part base, index;
	bool has_base, has_index;
	bool index_is_signed; /* its bits are extended so to 64 */
	unsigned shift;       /* and shifted left by so much */
	const char *reason;   /* of OPERAND_UNKNOWN: "it is …" */
	const char *text;     /* as written, for messages: any bytes */
	size_t len;
};

/*
 * What is in *ret is the arena's, @args is not needed any more. One operand that
 * nobody understands does not keep from reading the others. Returns how many there
 * are; -E2BIG when there are more than OPERANDS_MAX; or -ENOMEM.
 */
ssize_t operands_parse(const char *args, struct arena *arena, const struct operand **ret);

/*
 * What it is worth, extended to 64 bits as its sign says. @regs begins as the
 * kernel's struct pt_regs. Returns 0; -EFAULT when memory cannot be read; or
 * -EOPNOTSUPP for OPERAND_UNKNOWN.
 */
int operand_value(const struct operand *operand, const void *regs, access_read_fn *read,
		  void *context, uint64_t *ret);

#endif
