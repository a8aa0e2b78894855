/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_OPERAND_SYNTAX_H
#define OCELLI_COMPILE_OPERAND_SYNTAX_H

/* How the assemblers of machines write operands. Those of any machine are read on any. */

#include "compile/operand.h"

#define REASON_FORM "of a form that is not known"
#define REASON_REGISTER "in a register that hooks do not see"
#define REASON_SYMBOL "at a symbol, and where that is only the linker knows"
#define REASON_THREAD "in memory that each thread has its own of"

/* What is left of an operand, and how registers are found in it. */
struct operand_reader {
	const char *at, *end;
	bool (*find)(const char *name, size_t len, struct register_part *ret);
};

/* Reads an operand without its size. Returns NULL or, for OPERAND_UNKNOWN, why. */
typedef const char *operand_syntax_fn(struct operand_reader *reader, struct operand *ret);

operand_syntax_fn operand_read_x86_64, operand_read_arm64;

ssize_t operands_parse_as(const char *args, operand_syntax_fn *syntax,
			  bool (*find)(const char *name, size_t len, struct register_part *ret),
			  struct arena *arena, const struct operand **ret);

/* What both have. They return whether it is next, and if so, go on behind it. */
bool operand_take(struct operand_reader *reader, char c);
/* A comma, and blanks. */
bool operand_take_comma(struct operand_reader *reader);
/* "-8", "0x10", or a sum, "+8-4+28". */
bool operand_take_number(struct operand_reader *reader, int64_t *ret);
/* Letters, digits, "_"; returns how many. */
size_t operand_take_word(struct operand_reader *reader, const char **ret);
bool operand_take_register(struct operand_reader *reader, struct register_part *ret);

#endif
