// SPDX-License-Identifier: Apache-2.0
#include "compile/operand_syntax.h"
#include "base/macro.h"

#include <ctype.h>
#include <string.h>

/* x19, 5, [sp], [sp, -16], [x0, x1, lsl 3], [x0, w1, sxtw 2]; before numbers can be "#". */

static bool take_number(struct operand_reader *reader, int64_t *ret)
{
	operand_take(reader, '#');
	return operand_take_number(reader, ret);
}

static bool is_word(const char *word, size_t len, const char *of)
{
	return strlen(of) == len && !memcmp(word, of, len);
}

/* The letter and number of a register of the other kind, d8; else it can only be a symbol. */
static const char *not_a_register(const char *word, size_t len)
{
	if (!len)
		return REASON_FORM;
	return len <= 3 && memchr("bhsdqv", *word, 6) && isdigit((unsigned char)word[len - 1])
		       ? REASON_REGISTER
		       : REASON_SYMBOL;
}

static const char *read_register(struct operand_reader *reader, struct operand *ret)
{
	struct operand_reader ahead = *reader;
	const char *word;
	size_t len = operand_take_word(&ahead, &word);

	/* The register that is always 0. */
	if (is_word(word, len, "xzr") || is_word(word, len, "wzr")) {
		*reader = ahead;
		ret->kind = OPERAND_CONSTANT;
		return NULL;
	}
	ret->kind = OPERAND_REGISTER;
	ret->has_base = operand_take_register(reader, &ret->base);
	return ret->has_base ? NULL : not_a_register(word, len);
}

/* Behind the comma that is behind an index. */
static bool read_extension(struct operand_reader *reader, struct operand *ret)
{
	static const struct {
		const char *word;
		bool is_signed, needs_shift;
	} rows[] = {
		{"lsl", false, true},   {"uxtw", false, false}, {"sxtw", true, false},
		{"uxtx", false, false}, {"sxtx", true, false},
	};
	const char *word;
	size_t len = operand_take_word(reader, &word);
	int64_t shift = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!is_word(word, len, rows[i].word))
			continue;
		if (operand_take(reader, ' ') ? !take_number(reader, &shift) : rows[i].needs_shift)
			return false;
		ret->index_is_signed = rows[i].is_signed;
		ret->shift = (unsigned)shift;
		return shift >= 0 && shift < 64;
	}
	return false;
}

static const char *read_address(struct operand_reader *reader, struct operand *ret)
{
	ret->has_base = operand_take_register(reader, &ret->base);
	if (!ret->has_base)
		return REASON_REGISTER;
	if (operand_take_comma(reader) && !take_number(reader, &ret->constant)) {
		ret->has_index = operand_take_register(reader, &ret->index);
		if (!ret->has_index)
			return REASON_SYMBOL;
		if (operand_take_comma(reader) && !read_extension(reader, ret))
			return REASON_FORM;
	}
	return operand_take(reader, ']') ? NULL : REASON_FORM;
}

const char *operand_read_arm64(struct operand_reader *reader, struct operand *ret)
{
	if (operand_take(reader, '[')) {
		ret->kind = OPERAND_MEMORY;
		return read_address(reader, ret);
	}
	ret->kind = OPERAND_CONSTANT;
	if (take_number(reader, &ret->constant))
		return NULL;
	return read_register(reader, ret);
}
