// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "compile/emit_test.h"
#include "compile/planner.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * Networks are ranges of addresses, and found as numbers are, by halving. Of IPv6
 * an address is two numbers: networks of up to 64 bits are ranges of the first;
 * the others have one as their first, and are ranges of the second.
 */

/* The half of an address, as a number; @bits of it. */
static uint64_t half_of(const struct network *n, size_t at, unsigned bits)
{
	uint64_t v = 0;

	for (size_t i = at; i < at + bits / 8; i++)
		v = v << 8 | n->address[i];
	return v;
}

/* All that have the first @prefix of @bits in common with @v. */
static struct range range_of(uint64_t v, unsigned prefix, unsigned bits)
{
	uint64_t rest = prefix >= 64 ? 0 : ~0ULL >> prefix;

	if (bits < 64)
		rest = (1ULL << (bits - prefix)) - 1;
	return (struct range){v & ~rest, v | rest};
}

/* In the order in which the network has it; what is loaded is at @offset from R7. */
static void load_half(struct code *code, int offset, unsigned bits)
{
	emit_load_field(code, R1, offset, bits);
	code_add(code, INSN(BPF_ALU | BPF_END | BPF_TO_BE, R1, 0, 0, (int32_t)bits));
}

/* What addresses are looked for in, and room for what it is made of. */
struct networks {
	struct code *code;
	int offset; /* of the address, from R7 */
	const struct network **v;
	struct range *ranges;
	struct label yes, no;
};

static void emit_ranges(struct networks *n, size_t count, struct label no)
{
	const struct test test = {.kind = TEST_RANGES,
				  .ranges = n->ranges,
				  .n = merge_ranges(n->ranges, count, false)};

	emit_number_test(n->code, &test, n->yes, no);
}

static int by_first_half(const void *a, const void *b)
{
	uint64_t x = half_of(*(const struct network *const *)a, 0, 64);
	uint64_t y = half_of(*(const struct network *const *)b, 0, 64);

	return (x > y) - (x < y);
}

/* Those with prefixes from @low to @high, in order. */
static size_t pick(struct networks *n, const struct test *test, bool v6, unsigned low,
		   unsigned high)
{
	size_t count = 0;

	for (size_t i = 0; i < test->n; i++) {
		const struct network *of = &test->networks[i];

		if (of->v6 == v6 && of->prefix >= low && of->prefix <= high)
			n->v[count++] = of;
	}
	qsort(n->v, count, sizeof(struct network *), by_first_half);
	return count;
}

/* @at: the half of the address, of @bits, that is in one of the ranges. */
static void emit_half(struct networks *n, size_t first, size_t count, size_t at, unsigned bits,
		      struct label no)
{
	for (size_t i = 0; i < count; i++) {
		const struct network *of = n->v[first + i];
		unsigned prefix = of->prefix - 8 * (unsigned)at;

		n->ranges[i] = range_of(half_of(of, at, bits), prefix, bits);
	}
	load_half(n->code, n->offset + (int)at, bits);
	emit_ranges(n, count, no);
}

static bool have_same_half(const struct networks *n, size_t i, size_t j)
{
	return half_of(n->v[i], 0, 64) == half_of(n->v[j], 0, 64);
}

/* Where, near the middle, another first half begins; the end if there is no other. */
static size_t middle_of(const struct networks *n, size_t first, size_t count)
{
	size_t middle = first + count / 2;

	while (middle > first && have_same_half(n, middle, middle - 1))
		middle--;
	if (middle == first)
		do
			middle++;
		while (middle < first + count && have_same_half(n, middle, first));
	return middle;
}

/* Longer than the first half, which is in R1. */
static void emit_long(struct networks *n, size_t first, size_t count)
{
	size_t middle = middle_of(n, first, count), left = middle - first;
	struct label right;

	if (left == count) {
		emit_jump_if(n->code, BPF_JNE, R1, half_of(n->v[first], 0, 64), n->no);
		emit_half(n, first, count, 8, 64, n->no);
		return;
	}
	right = code_label(n->code);
	emit_jump_if(n->code, BPF_JGE, R1, half_of(n->v[middle], 0, 64), right);
	emit_long(n, first, left);
	code_here(n->code, right);
	emit_long(n, middle, count - left);
}

static void emit_v6(struct networks *n, const struct test *test)
{
	size_t count = pick(n, test, true, 0, 64);
	struct label longer = code_label(n->code);

	if (count)
		emit_half(n, 0, count, 0, 64, longer);
	code_here(n->code, longer);
	count = pick(n, test, true, 65, 128);
	if (!count) {
		code_jump(n->code, n->no);
		return;
	}
	load_half(n->code, n->offset, 64);
	emit_long(n, 0, count);
}

void emit_network_test(struct code *code, const struct test *test, int offset, int family,
		       struct label yes, struct label no)
{
	_cleanup_free_ const struct network **v = calloc(test->n + 1, sizeof(*v));
	_cleanup_free_ struct range *ranges = calloc(test->n + 1, sizeof(*ranges));
	struct networks n = {code, offset, v, ranges, yes, no};
	struct label v6 = code_label(code);
	size_t count;

	if (!v || !ranges) {
		code_fail(code, -ENOMEM);
		return;
	}
	emit_load_field(code, R1, family, test->family.bits);
	count = pick(&n, test, false, 0, 32);
	code_jump_if(code, BPF_JNE, R1, AF_INET, v6);
	if (count)
		emit_half(&n, 0, count, 0, 32, no);
	else
		code_jump(code, no);
	code_here(code, v6);
	code_jump_if(code, BPF_JNE, R1, AF_INET6, no);
	emit_v6(&n, test);
}
