// SPDX-License-Identifier: Apache-2.0
#include "compile/operand_syntax.h"

#include <ctype.h>
#include <string.h>

/* What compilers write is AT&T's syntax: %eax, $5, -8(%rbp), 16(%rax,%rcx,8). */

/* Numbers are what is not one. */
static const char *not_a_number(const struct operand_reader *reader)
{
	const char *at = reader->at;

	if (at < reader->end && (*at == '+' || *at == '-'))
		at++;
	return at < reader->end && (isalpha((unsigned char)*at) || *at == '_' || *at == '.')
		       ? REASON_SYMBOL
		       : REASON_FORM;
}

static const char *read_constant(struct operand_reader *reader, struct operand *ret)
{
	ret->kind = OPERAND_CONSTANT;
	if (operand_take_number(reader, &ret->constant) && reader->at == reader->end)
		return NULL;
	return not_a_number(reader);
}

static bool is_of_thread(struct operand_reader reader)
{
	const char *name;

	return operand_take_word(&reader, &name) == 2 && name[1] == 's' &&
	       operand_take(&reader, ':');
}

static const char *read_register(struct operand_reader *reader, struct operand *ret)
{
	ret->kind = OPERAND_REGISTER;
	if (is_of_thread(*reader))
		return REASON_THREAD;
	ret->has_base = operand_take_register(reader, &ret->base);
	return ret->has_base ? NULL : REASON_REGISTER;
}

/* "1", "2", "4", "8" */
static bool read_scale(struct operand_reader *reader, unsigned *ret)
{
	int64_t scale;

	if (!operand_take_number(reader, &scale) || scale < 1 || scale > 8 || scale & (scale - 1))
		return false;
	*ret = (unsigned)__builtin_ctzll((uint64_t)scale);
	return true;
}

/* Behind the parenthesis. */
static const char *read_address(struct operand_reader *reader, struct operand *ret)
{
	/* What is added is to where the next instruction is, and which that is nobody says. */
	if (reader->end - reader->at >= 4 && !memcmp(reader->at, "%rip", 4))
		return REASON_SYMBOL;
	if (operand_take(reader, '%')) {
		ret->has_base = operand_take_register(reader, &ret->base);
		if (!ret->has_base)
			return REASON_REGISTER;
	}
	if (operand_take_comma(reader)) {
		ret->has_index =
			operand_take(reader, '%') && operand_take_register(reader, &ret->index);
		if (!ret->has_index)
			return REASON_REGISTER;
		if (operand_take_comma(reader) && !read_scale(reader, &ret->shift))
			return REASON_FORM;
	}
	return operand_take(reader, ')') && (ret->has_base || ret->has_index) ? NULL : REASON_FORM;
}

const char *operand_read_x86_64(struct operand_reader *reader, struct operand *ret)
{
	bool has_number;

	if (operand_take(reader, '$'))
		return read_constant(reader, ret);
	if (operand_take(reader, '%'))
		return read_register(reader, ret);
	ret->kind = OPERAND_MEMORY;
	has_number = operand_take_number(reader, &ret->constant);
	if (operand_take(reader, '('))
		return read_address(reader, ret);
	return has_number && reader->at == reader->end ? NULL : not_a_number(reader);
}
