// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "compile/operand_syntax.h"

#include <errno.h>
#include <string.h>

/* r0 to r7, and parts of them. */
static bool find(const char *name, size_t len, struct register_part *ret)
{
	static const struct register_part parts[] = {
		['e' - 'a'] = {0, 0, 32}, ['w' - 'a'] = {0, 0, 32}, ['b' - 'a'] = {0, 0, 8},
		['h' - 'a'] = {0, 8, 8},  ['r' - 'a'] = {0, 0, 64}, ['x' - 'a'] = {0, 0, 64},
	};
	size_t which = (size_t)(*name - 'a');

	if (len != 2 || which >= ARRAY_SIZE(parts) || !parts[which].bits || name[1] < '0' ||
	    name[1] > '7')
		return false;
	*ret = parts[which];
	ret->offset = (uint16_t)(8 * (name[1] - '0'));
	return true;
}

static bool read_memory(void *context, void *to, size_t size, uint64_t from)
{
	MUST(size == 1 || size == 2 || size == 4 || size == 8);
	memset(to, (int)from, size);
	return from & 1;
}

static bool fits(uint64_t v, const struct operand *op)
{
	return access_extract(v, 0, op->bits, op->is_signed) == v;
}

static void check(const struct operand *op)
{
	static const uint64_t regs[8] = {1, UINT64_MAX, 0x8877665544332211, 0x8000, 0x80};
	uint64_t v = 0;
	int r;

	MUST(op->len && strnlen(op->text, op->len) == op->len);
	r = operand_value(op, regs, read_memory, NULL, &v);
	if (op->kind == OPERAND_UNKNOWN) {
		MUST(op->reason && r == -EOPNOTSUPP);
		return;
	}
	MUST(!op->reason && op->bits && op->bits <= 64 && op->bits % 8 == 0);
	MUST(r == 0 || (r == -EFAULT && op->kind == OPERAND_MEMORY));
	MUST(r < 0 || fits(v, op));
	MUST(op->shift < 64 && (op->has_index || !op->shift));
	MUST(op->kind != OPERAND_REGISTER || (op->has_base && op->base.bits == op->bits));
}

/* What a file says of where its arguments are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static operand_syntax_fn *const syntaxes[] = {operand_read_x86_64, operand_read_arm64};
	_cleanup_free_ char *args = strndup((const char *)data, size);

	for (size_t i = 0; args && i < ARRAY_SIZE(syntaxes); i++) {
		_cleanup_(arena_done) struct arena arena = ARENA_INIT;
		const struct operand *v = NULL;
		ssize_t n = operands_parse_as(args, syntaxes[i], find, &arena, &v);

		MUST(n == -E2BIG || (n >= 0 && n <= OPERANDS_MAX));
		for (ssize_t j = 0; j < n; j++)
			check(&v[j]);
	}
	return 0;
}
