// SPDX-License-Identifier: Apache-2.0
#include "compile/operand.h"
#include "base/macro.h"
#include "base/number.h"
#include "compile/operand_syntax.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define BYTE 8

/* --- parts of operands */

bool operand_take(struct operand_reader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

bool operand_take_comma(struct operand_reader *reader)
{
	if (!operand_take(reader, ','))
		return false;
	while (operand_take(reader, ' '))
		;
	return true;
}

static size_t count_digits(const char *at, const char *end, unsigned base)
{
	size_t n = 0;

	while (at + n < end && number_digit(at[n]) < base)
		n++;
	return n;
}

/* As for an assembler, what does not fit into 64 bits begins again at 0. */
bool operand_take_number(struct operand_reader *reader, int64_t *ret)
{
	const char *at = reader->at, *end = reader->end;
	uint64_t sum = 0, v;

	do {
		bool negative = at < end && *at == '-', sign = negative || (at < end && *at == '+');
		const char *digits = at + sign;
		bool hex = end - digits > 2 && digits[0] == '0' && digits[1] == 'x';
		size_t n;

		digits += hex ? 2 : 0;
		n = count_digits(digits, end, hex ? 16 : 10);
		if (number_read_digits(digits, n, hex ? 16 : 10, &v) < 0)
			break;
		sum += negative ? 0 - v : v;
		at = digits + n;
	} while (at < end && (*at == '+' || *at == '-'));
	if (at == reader->at)
		return false;
	reader->at = at;
	*ret = (int64_t)sum;
	return true;
}

size_t operand_take_word(struct operand_reader *reader, const char **ret)
{
	*ret = reader->at;
	while (reader->at < reader->end &&
	       (isalnum((unsigned char)*reader->at) || *reader->at == '_'))
		reader->at++;
	return (size_t)(reader->at - *ret);
}

bool operand_take_register(struct operand_reader *reader, struct register_part *ret)
{
	struct operand_reader ahead = *reader;
	const char *name;
	size_t len = operand_take_word(&ahead, &name);

	if (!len || !reader->find(name, len, ret))
		return false;
	*reader = ahead;
	return true;
}

/* --- operands */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What is behind the size that an operand begins with, "-8@" or "8f@"; NULL if it has none. */
static const char *behind_size(const char *s)
{
	const char *digits = *s == '-' ? s + 1 : s;

	for (s = digits; number_digit(*s) < 10;)
		s++;
	if (s == digits)
		return NULL;
	if (*s == 'f')
		s++;
	return *s == '@' ? s + 1 : NULL;
}

static bool has_sizes(const char *args)
{
	for (const char *s = args; *s; s++)
		if ((s == args || is_blank(s[-1])) && behind_size(s))
			return true;
	return false;
}

/*
 * The next operand, without the blanks around it. Operands can have blanks in them,
 * known forms ("[sp, 8]") or not ("dword ptr [rax]"): the next begins with its size
 * or, in old notes, which had none, outside of brackets.
 */
static const char *next(const char *args, bool sized, size_t *ret_len)
{
	const char *end, *last;
	int depth = 0;

	while (is_blank(*args))
		args++;
	for (end = last = args; *end; end++) {
		if (is_blank(*end) && (sized ? behind_size(end + 1) != NULL : depth <= 0))
			break;
		depth += (*end == '[' || *end == '(') - (*end == ']' || *end == ')');
		if (!is_blank(*end))
			last = end + 1;
	}
	*ret_len = (size_t)(last - args);
	return *ret_len ? args : NULL;
}

/* Returns NULL or why not. */
static const char *read_size(const char *text, const char *end, struct operand *ret)
{
	uint64_t size = 0;

	ret->is_signed = *text == '-';
	ret->is_float = end[-2] == 'f';
	text += ret->is_signed;
	end -= 1 + ret->is_float;
	if (number_read_digits(text, (size_t)(end - text), 10, &size) < 0)
		size = 0;
	if (size > sizeof(uint64_t))
		return "larger than 8 bytes";
	if (!size || size & (size - 1))
		return "of a size that nothing has";
	ret->bits = (unsigned)size * BYTE;
	return NULL;
}

/* Without a size, a register says it, and all else are words. */
static void settle_size(struct operand *op)
{
	if (op->kind == OPERAND_REGISTER) {
		op->bits = op->bits ? MIN(op->bits, op->base.bits) : op->base.bits;
		op->base.bits = (uint8_t)op->bits;
	}
	if (!op->bits)
		op->bits = sizeof(uint64_t) * BYTE;
	if (op->kind == OPERAND_CONSTANT)
		op->constant =
			(int64_t)access_extract((uint64_t)op->constant, 0, op->bits, op->is_signed);
}

static void read_operand(const char *text, size_t len, operand_syntax_fn *syntax,
			 bool (*find)(const char *, size_t, struct register_part *),
			 struct operand *ret)
{
	const char *behind = behind_size(text);
	struct operand_reader reader = {behind ? behind : text, text + len, find};

	*ret = (struct operand){.text = text, .len = len};
	if (behind)
		ret->reason = read_size(text, behind, ret);
	if (!ret->reason)
		ret->reason = syntax(&reader, ret);
	if (!ret->reason && reader.at != reader.end)
		ret->reason = REASON_FORM;
	if (ret->reason)
		ret->kind = OPERAND_UNKNOWN;
	else
		settle_size(ret);
}

ssize_t operands_parse_as(const char *args, operand_syntax_fn *syntax,
			  bool (*find)(const char *, size_t, struct register_part *),
			  struct arena *arena, const struct operand **ret)
{
	size_t size = strlen(args) + 1, n = 0, len;
	bool sized = has_sizes(args);
	struct operand *v;
	char *copy;

	for (const char *s = args; (s = next(s, sized, &len)); s += len)
		if (++n > OPERANDS_MAX)
			return -E2BIG;
	copy = arena_alloc(arena, size);
	v = arena_alloc(arena, n * sizeof(*v));
	if (!copy || !v)
		return -ENOMEM;
	memcpy(copy, args, size);
	n = 0;
	for (const char *s = copy; (s = next(s, sized, &len)); s += len)
		read_operand(s, len, syntax, find, &v[n++]);
	*ret = v;
	return (ssize_t)n;
}

static bool find_here(const char *name, size_t len, struct register_part *ret)
{
	struct suggest suggest;

	return register_find(name, len, ret, &suggest);
}

ssize_t operands_parse(const char *args, struct arena *arena, const struct operand **ret)
{
#if defined(__x86_64__)
	return operands_parse_as(args, operand_read_x86_64, find_here, arena, ret);
#elif defined(__aarch64__)
	return operands_parse_as(args, operand_read_arm64, find_here, arena, ret);
#endif
}

/* --- values */

static uint64_t value_of(const void *regs, const struct register_part *part, bool is_signed)
{
	uint64_t v;

	memcpy(&v, (const char *)regs + part->offset, sizeof(v));
	return access_extract(v, part->shift, part->bits, is_signed);
}

static uint64_t address_of(const struct operand *op, const void *regs)
{
	uint64_t at = (uint64_t)op->constant;

	if (op->has_base)
		at += value_of(regs, &op->base, false);
	if (op->has_index)
		at += value_of(regs, &op->index, op->index_is_signed) << op->shift;
	return at;
}

int operand_value(const struct operand *op, const void *regs, access_read_fn *read, void *context,
		  uint64_t *ret)
{
	uint64_t v = 0;

	switch (op->kind) {
	case OPERAND_CONSTANT:
		*ret = (uint64_t)op->constant;
		return 0;
	case OPERAND_REGISTER:
		*ret = value_of(regs, &op->base, op->is_signed);
		return 0;
	case OPERAND_MEMORY:
		/* As on every machine that this runs on, the least byte is first. */
		if (!read(context, &v, op->bits / BYTE, address_of(op, regs)))
			return -EFAULT;
		*ret = access_extract(v, 0, op->bits, op->is_signed);
		return 0;
	case OPERAND_UNKNOWN:
		break;
	}
	return -EOPNOTSUPP;
}
