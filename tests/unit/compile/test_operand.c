// SPDX-License-Identifier: Apache-2.0
#include "compile/operand.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/str.h"
#include "compile/operand_syntax.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Registers that no machine has, so that both syntaxes are read on any: each is at 8 times the
 * number in its name. */
static const struct {
	char letter;
	uint8_t shift, bits;
} widths[] = {{'r', 0, 64}, {'x', 0, 64}, {'e', 0, 32}, {'w', 0, 32},
	      {'s', 0, 16}, {'b', 0, 8},  {'h', 8, 8}};

static bool find(const char *name, size_t len, struct register_part *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		if (len != 2 || name[0] != widths[i].letter || name[1] < '0' || name[1] > '7')
			continue;
		*ret = (struct register_part){(uint16_t)(8 * (name[1] - '0')), widths[i].shift,
					      widths[i].bits};
		return true;
	}
	return false;
}

static void append_part(struct str *out, const struct register_part *part)
{
	str_appendf(out, "%d", part->offset / 8);
	if (part->shift || part->bits != 64)
		str_appendf(out, ".%u:%u", part->shift, part->bits);
}

static void append(struct str *out, const struct operand *op)
{
	static const char *const kinds[] = {"constant", "register", "memory"};

	if (op->kind == OPERAND_UNKNOWN) {
		str_appendf(out, "unknown %s", op->reason);
		return;
	}
	str_appendf(out, "%s%s%u %s", op->is_signed ? "-" : "", op->is_float ? "f" : "", op->bits,
		    kinds[op->kind]);
	if (op->kind == OPERAND_CONSTANT || op->constant)
		str_appendf(out, " %lld", (long long)op->constant);
	if (op->has_base) {
		str_append_lit(out, " base ");
		append_part(out, &op->base);
	}
	if (op->has_index) {
		str_appendf(out, " index %s", op->index_is_signed ? "-" : "");
		append_part(out, &op->index);
		str_appendf(out, "<<%u", op->shift);
	}
}

static const struct row {
	const char *args, *means;
} x86_64[] = {
	{"", ""},
	{"-4@%e1", "-32 register base 1.0:32"},
	{"4@%e1", "32 register base 1.0:32"},
	{"8@%r7", "64 register base 7"},
	{"2@%s2", "16 register base 2.0:16"},
	{"1@%b3", "8 register base 3.0:8"},
	{"-1@%h3", "-8 register base 3.8:8"},
	/* Less than the register; and what is not there is not made up. */
	{"-1@%r2", "-8 register base 2.0:8"},
	{"8@%e1", "32 register base 1.0:32"},
	{"4@$5", "32 constant 5"},
	{"-8@$-1", "-64 constant -1"},
	{"8@$-1", "64 constant -1"},
	{"4@$-1", "32 constant 4294967295"},
	{"-1@$255", "-8 constant -1"},
	{"8@$0x10", "64 constant 16"},
	{"8@$18446744073709551615", "64 constant -1"},
	{"-8@$-9223372036854775808", "-64 constant -9223372036854775808"},
	{"8@-24(%r5)", "64 memory -24 base 5"},
	{"8@-0x18(%r5)", "64 memory -24 base 5"},
	{"8@(%r0)", "64 memory base 0"},
	{"-2@(%r0,%r1,8)", "-16 memory base 0 index 1<<3"},
	{"8@4(%r0,%r1,2)", "64 memory 4 base 0 index 1<<1"},
	{"8@16(,%r2,4)", "64 memory 16 index 2<<2"},
	{"8@(%r0,%r1)", "64 memory base 0 index 1<<0"},
	{"4@+8-4+28(%r6)", "32 memory 32 base 6"},
	{"4@6295616", "32 memory 6295616"},
	/* Old notes: no sizes. */
	{"%e1", "32 register base 1.0:32"},
	{"%r1 $-3 8(%r2, %r3, 8) %b1",
	 "64 register base 1; 64 constant -3; 64 memory 8 base 2 index 3<<3; "
	 "8 register base 1.0:8"},
	{"8f@%r1 -4f@8(%r2)", "f64 register base 1; -f32 memory 8 base 2"},
	{"8f@%xmm0", "unknown " REASON_REGISTER},
	{"8@%st(1)", "unknown " REASON_REGISTER},
	{"8@(%r9)", "unknown " REASON_REGISTER},
	{"8@(%r1,%r9)", "unknown " REASON_REGISTER},
	{"8@foo(%rip)", "unknown " REASON_SYMBOL},
	{"4@sym+4(%rip)", "unknown " REASON_SYMBOL},
	{"4@4+sym(%rip)", "unknown " REASON_SYMBOL},
	{"8@8(%rip)", "unknown " REASON_SYMBOL},
	{"8@.LC0(%rip)", "unknown " REASON_SYMBOL},
	{"8@foo", "unknown " REASON_SYMBOL},
	{"8@$foo", "unknown " REASON_SYMBOL},
	{"8@%fs:foo@tpoff", "unknown " REASON_THREAD},
	{"8@%fs:8(%r1)", "unknown " REASON_THREAD},
	{"16@%r1", "unknown larger than 8 bytes"},
	{"3@%r1", "unknown of a size that nothing has"},
	{"0@%r1", "unknown of a size that nothing has"},
	{"99999999999999999999@%r1", "unknown of a size that nothing has"},
	/* What comes behind it is still known. */
	{"8@ 4@$1", "unknown " REASON_FORM "; 32 constant 1"},
	{"8@dword ptr [rax + 8]  4@$1 ", "unknown " REASON_SYMBOL "; 32 constant 1"},
	{"8@(%r1 4@$1", "unknown " REASON_FORM "; 32 constant 1"},
	{"8@(%r1,%r2,3)\t4@$2", "unknown " REASON_FORM "; 32 constant 2"},
	{"8@(%r1,%r2,16)", "unknown " REASON_FORM},
	{"8@()", "unknown " REASON_FORM},
	{"8@8()", "unknown " REASON_FORM},
	{"8@%r1x", "unknown " REASON_REGISTER},
	{"8@%r1+1", "unknown " REASON_FORM},
	{"8@$5 6", "unknown " REASON_FORM},
	{"8@$99999999999999999999", "unknown " REASON_FORM},
	{"8@(%r1)(%r1)", "unknown " REASON_FORM},
	{"x 1@%b1", "unknown " REASON_SYMBOL "; 8 register base 1.0:8"},
};

static const struct row arm64[] = {
	{"8@x1", "64 register base 1"},
	{"-4@w2", "-32 register base 2.0:32"},
	{"-4@x2", "-32 register base 2.0:32"},
	{"4@5", "32 constant 5"},
	{"-8@-5", "-64 constant -5"},
	{"-4@#7", "-32 constant 7"},
	{"8@xzr 4@wzr", "64 constant 0; 32 constant 0"},
	{"8@[x0]", "64 memory base 0"},
	{"-4@[x7, 12]", "-32 memory 12 base 7"},
	{"-4@[x7, #12]", "-32 memory 12 base 7"},
	{"8@[x7, -16] 8@[x7,16]", "64 memory -16 base 7; 64 memory 16 base 7"},
	{"8@[x1, x2]", "64 memory base 1 index 2<<0"},
	{"8@[x1, x2, lsl 3]", "64 memory base 1 index 2<<3"},
	{"8@[x1, x2, lsl #3]", "64 memory base 1 index 2<<3"},
	{"4@[x1, w2, sxtw 2]", "32 memory base 1 index -2.0:32<<2"},
	{"1@[x1, w2, uxtw]", "8 memory base 1 index 2.0:32<<0"},
	{"x1 [x2, 8] 5", "64 register base 1; 64 memory 8 base 2; 64 constant 5"},
	{"8f@d0", "unknown " REASON_REGISTER},
	{"8f@v31", "unknown " REASON_REGISTER},
	{"8@[d0]", "unknown " REASON_REGISTER},
	{"8@foo", "unknown " REASON_SYMBOL},
	{"8@[x1, #:lo12:foo] 8@x1", "unknown " REASON_SYMBOL "; 64 register base 1"},
	{"8@[x1, 8]! 8@[x1], 8 8@x1",
	 "unknown " REASON_FORM "; unknown " REASON_FORM "; 64 register base 1"},
	{"8@[x1, x2, lsl]", "unknown " REASON_FORM},
	{"8@[x1, x2, lsl 64]", "unknown " REASON_FORM},
	{"8@[x1, x2, ror 3]", "unknown " REASON_FORM},
	{"8@[x1 8@2", "unknown " REASON_FORM "; 64 constant 2"},
	{"8@[x1, 8, 8]", "unknown " REASON_FORM},
	{"8@", "unknown " REASON_FORM},
};

static void check(const struct row *row, operand_syntax_fn *syntax)
{
	_cleanup_(arena_done) struct arena arena = ARENA_INIT;
	_cleanup_str_ struct str out = STR_INIT;
	_cleanup_free_ char *args = strdup(row->args);
	const struct operand *v = NULL;
	ssize_t n = operands_parse_as(args, syntax, find, &arena, &v);

	assert_true(n >= 0);
	/* It keeps what it needs. */
	memset(args, '?', strlen(args));
	for (ssize_t i = 0; i < n; i++) {
		assert_non_null(memmem(row->args, strlen(row->args), v[i].text, v[i].len));
		if (i)
			str_append_lit(&out, "; ");
		append(&out, &v[i]);
	}
	if (strcmp(str_cstr(&out), row->means) != 0)
		fail_msg("%s: %s, not %s", row->args, str_cstr(&out), row->means);
}

static void test_x86_64(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(x86_64); i++)
		check(&x86_64[i], operand_read_x86_64);
}

static void test_arm64(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(arm64); i++)
		check(&arm64[i], operand_read_arm64);
}

static void test_limit(void **state)
{
	_cleanup_(arena_done) struct arena arena = ARENA_INIT;
	_cleanup_str_ struct str args = STR_INIT;
	const struct operand *v = NULL;

	for (unsigned i = 0; i < OPERANDS_MAX; i++)
		str_appendf(&args, "8@$%u ", i);
	assert_int_equal(operands_parse_as(str_cstr(&args), operand_read_x86_64, find, &arena, &v),
			 OPERANDS_MAX);
	assert_int_equal(v[OPERANDS_MAX - 1].constant, OPERANDS_MAX - 1);
	str_append_lit(&args, "8@$1");
	assert_int_equal(operands_parse_as(str_cstr(&args), operand_read_x86_64, find, &arena, &v),
			 -E2BIG);
}

/* --- values */

static const uint64_t regs[8] = {0x1000, 2, 0xfffffffffffffffe, 0x1122334455667788, 0x80000001};
static const uint8_t memory[32] = {1, 2, 3, 4, 5, 6, 7, 0x88, 0xff, 0xfe, 0xfd, 0xfc};

static bool read_memory(void *context, void *to, size_t size, uint64_t from)
{
	if (from < 0x1000 || from - 0x1000 > sizeof(memory) - size)
		return false;
	memcpy(to, memory + (from - 0x1000), size);
	++*(unsigned *)context;
	return true;
}

static const struct value {
	const char *args;
	uint64_t value;
	operand_syntax_fn *syntax;
	int r;
	unsigned reads;
} values[] = {
	{"8@$7", 7, operand_read_x86_64, 0, 0},
	{"-4@$-7", (uint64_t)-7, operand_read_x86_64, 0, 0},
	{"4@$-7", 0xfffffff9, operand_read_x86_64, 0, 0},
	{"8@%r3", 0x1122334455667788, operand_read_x86_64, 0, 0},
	{"4@%e3", 0x55667788, operand_read_x86_64, 0, 0},
	{"2@%s3", 0x7788, operand_read_x86_64, 0, 0},
	{"1@%b3", 0x88, operand_read_x86_64, 0, 0},
	{"-1@%b3", (uint64_t)-0x78, operand_read_x86_64, 0, 0},
	{"1@%h3", 0x77, operand_read_x86_64, 0, 0},
	{"-4@%e4", 0xffffffff80000001, operand_read_x86_64, 0, 0},
	{"8@(%r0)", 0x8807060504030201, operand_read_x86_64, 0, 1},
	{"4@4(%r0)", 0x88070605, operand_read_x86_64, 0, 1},
	{"-4@4(%r0)", 0xffffffff88070605, operand_read_x86_64, 0, 1},
	{"-2@(%r0,%r1,4)", 0xfffffffffffffeff, operand_read_x86_64, 0, 1},
	{"1@9(%r0,%r2,1)", 0x88, operand_read_x86_64, 0, 1},
	{"1@0xff8(,%r1,4)", 1, operand_read_x86_64, 0, 1},
	{"1@-1(%r0)", 0, operand_read_x86_64, -EFAULT, 0},
	{"8@%xmm0", 0, operand_read_x86_64, -EOPNOTSUPP, 0},
	{"4@[x0, x1, lsl 2]", 0xfcfdfeff, operand_read_arm64, 0, 1},
	{"1@[x0, w2, sxtw]", 0, operand_read_arm64, -EFAULT, 0},
	{"1@[x0, 8]", 0xff, operand_read_arm64, 0, 1},
	{"-1@x4", 1, operand_read_arm64, 0, 0},
};

static void test_values(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		_cleanup_(arena_done) struct arena arena = ARENA_INIT;
		const struct value *row = &values[i];
		const struct operand *v = NULL;
		unsigned reads = 0;
		uint64_t value = 0;
		int r;

		assert_int_equal(operands_parse_as(row->args, row->syntax, find, &arena, &v), 1);
		r = operand_value(v, regs, read_memory, &reads, &value);
		if (r != row->r || value != row->value || reads != row->reads)
			fail_msg("%s: %d, %#llx, %u reads", row->args, r, (unsigned long long)value,
				 reads);
	}
}

/* Sign extended it is what goes backwards. */
static void test_signed_index(void **state)
{
	_cleanup_(arena_done) struct arena arena = ARENA_INIT;
	const uint64_t backwards[8] = {0x1008, 0xfffffffe};
	const struct operand *v = NULL;
	unsigned reads = 0;
	uint64_t value = 0;

	assert_int_equal(operands_parse_as("2@[x0, w1, sxtw 2] 1@[x0, w1, uxtw]",
					   operand_read_arm64, find, &arena, &v),
			 2);
	assert_int_equal(operand_value(&v[0], backwards, read_memory, &reads, &value), 0);
	assert_int_equal(value, 0x0201);
	assert_int_equal(operand_value(&v[1], backwards, read_memory, &reads, &value), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86_64),       cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_limit),        cmocka_unit_test(test_values),
		cmocka_unit_test(test_signed_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
