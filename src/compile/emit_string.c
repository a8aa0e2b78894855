// SPDX-License-Identifier: Apache-2.0
#include "abi/hook.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "compile/emit_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Which of many strings a value is, or begins with, is found as in a book: the
 * words of eight bytes at one place of all strings are in order, and half of them
 * are ruled out at a time; the next word is looked for among those that are left.
 * So a value costs as many comparisons as the number of strings has bits, and
 * each of its words once.
 */
struct key {
	const char *s;
	size_t end; /* of s */
	size_t len; /* with the NUL behind it, if that is part of it */
};

struct tree {
	struct code *code;
	int base, offset; /* of the bytes of the value */
	bool asks_length; /* is no less than that of the string */
	struct label yes, no;
};

/* What strings are told apart by: their length, or @width bytes at @at. */
struct step {
	size_t width;
	size_t at;
};

#define LENGTH ((struct step){0})

/* As a load has it. */
static uint64_t word_of(const struct key *k, struct step step)
{
	uint64_t v = 0;

	if (!step.width)
		return k->len;
	if (step.at < k->end)
		memcpy(&v, k->s + step.at, MIN(k->end - step.at, step.width));
	return v;
}

/* What is left is compared by as wide a word as it has. */
static size_t width_at(const struct key *k, size_t at)
{
	size_t left = k->len - at;

	return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

static int by_text(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int r = memcmp(x->s, y->s, MIN(x->end, y->end));

	if (!r)
		r = (x->end > y->end) - (x->end < y->end);
	return r ? r : (x->len > y->len) - (x->len < y->len);
}

static int by_length(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return (x->len > y->len) - (x->len < y->len);
}

static int by_word(const void *a, const void *b, void *userdata)
{
	const struct key *x = a, *y = b;
	size_t at = *(const size_t *)userdata;
	size_t wx = width_at(x, at), wy = width_at(y, at);
	uint64_t vx = word_of(x, (struct step){wx, at}), vy = word_of(y, (struct step){wy, at});

	if (wx != wy)
		return wx > wy ? -1 : 1;
	return (vx > vy) - (vx < vy);
}

/* Whether all that begins with @b begins with @a. */
static bool covers(const struct key *a, const struct key *b)
{
	if (a->len > b->len || memcmp(a->s, b->s, MIN(a->end, b->end)))
		return false;
	return a->end == a->len ? a->end <= b->end : a->end == b->end;
}

/* Leaves out those that others cover. */
static size_t keep_shortest(struct key *v, size_t n)
{
	size_t kept = 0;

	qsort(v, n, sizeof(*v), by_text);
	for (size_t i = 0; i < n; i++)
		if (!kept || !covers(&v[kept - 1], &v[i]))
			v[kept++] = v[i];
	return kept;
}

static void load_word(struct tree *t, struct step step)
{
	code_add(t->code, INSN(BPF_LDX | BPF_MEM | insn_width(step.width), R3,
			       (uint8_t)t->base & 15, (int16_t)(t->offset + (int)step.at), 0));
}

/* How many of those from @v on have the same word. */
static size_t run_of(const struct key *v, size_t n, struct step step)
{
	size_t i = 1;

	while (i < n && word_of(&v[i], step) == word_of(&v[0], step))
		i++;
	return i;
}

/* Where, near the middle, another word begins: there are several. */
static size_t middle_of(const struct key *v, size_t n, struct step step)
{
	size_t middle = n / 2;

	while (middle && word_of(&v[middle], step) == word_of(&v[middle - 1], step))
		middle--;
	return middle ? middle : run_of(v, n, step);
}

static void emit_words(struct tree *t, struct key *v, size_t n, size_t at);
static void emit_beginnings(struct tree *t, struct key *v, size_t n);

/* The word is in R3. Continues with those strings that have it, or at @other. */
static void emit_choice(struct tree *t, struct key *v, size_t n, struct step step,
			struct label other)
{
	size_t middle;
	struct label right;

	if (run_of(v, n, step) == n) {
		emit_jump_if(t->code, BPF_JNE, R3, word_of(&v[0], step), other);
		if (step.width)
			emit_words(t, v, n, step.at + step.width);
		else
			emit_beginnings(t, v, n);
		return;
	}
	middle = middle_of(v, n, step);
	right = code_label(t->code);
	emit_jump_if(t->code, BPF_JGE, R3, word_of(&v[middle], step), right);
	emit_choice(t, v, middle, step, other);
	code_here(t->code, right);
	emit_choice(t, v + middle, n - middle, step, other);
}

/*
 * All have the first @at bytes in common with the value, and none covers another.
 * So when a word is found and what follows is not, no shorter word need be tried.
 */
static void emit_words(struct tree *t, struct key *v, size_t n, size_t at)
{
	if (at == v->len) {
		if (t->asks_length)
			code_jump_if(t->code, BPF_JSLT, R4, (int32_t)v->len, t->no);
		code_jump(t->code, t->yes);
		return;
	}
	qsort_r(v, n, sizeof(*v), by_word, &at);
	for (size_t i = 0, same; i < n; i += same) {
		struct step step = {width_at(&v[i], at), at};
		struct label next = code_label(t->code);

		for (same = 1; i + same < n && width_at(&v[i + same], at) == step.width;)
			same++;
		load_word(t, step);
		emit_choice(t, v + i, same, step, i + same < n ? next : t->no);
		code_here(t->code, next);
	}
}

static void emit_beginnings(struct tree *t, struct key *v, size_t n)
{
	emit_words(t, v, keep_shortest(v, n), 0);
}

static void emit_equal(struct tree *t, struct key *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_length);
	code_add(t->code, INSN_MOV_REG(R3, R4));
	emit_choice(t, v, n, LENGTH, t->no);
}

/* Of each length those strings are tried that have it; the address of the value is in R5. */
static void emit_postfix(struct tree *t, struct key *v, size_t n)
{
	struct tree of_length = *t;

	qsort(v, n, sizeof(*v), by_length);
	for (size_t i = 0, same; i < n; i += same) {
		int32_t len = (int32_t)v[i].len;

		same = run_of(v + i, n - i, LENGTH);
		of_length.no = i + same < n ? code_label(t->code) : t->no;
		code_jump_if(t->code, BPF_JSLT, R4, len, of_length.no);
		code_add(t->code, INSN_MOV_REG(R1, R4), INSN_ADD(R1, -len));
		/* It cannot be; the verifier does not know. */
		code_jump_if(t->code, BPF_JGT, R1, HOOK_STRING_MAX - len, of_length.no);
		code_add(t->code, INSN(BPF_ALU64 | BPF_ADD | BPF_X, R1, R5, 0, 0));
		emit_beginnings(&of_length, v + i, same);
		if (i + same < n)
			code_here(t->code, of_length.no);
	}
}

/* The scratch is in R7, the length of the value in R4. */
static void emit_set(struct code *code, const struct test *test, int offset, struct label yes,
		     struct label no)
{
	_cleanup_free_ struct key *keys = calloc(test->n, sizeof(*keys));
	struct tree t = {.code = code, .base = R1, .yes = yes, .no = no};
	size_t n = 0;

	if (!keys) {
		code_fail(code, -ENOMEM);
		return;
	}
	for (size_t i = 0; i < test->n; i++) {
		const struct bytes *b = &test->strings[i];

		/* None is longer. */
		if (b->len <= HOOK_STRING_MAX)
			keys[n++] = (struct key){b->s, b->len, b->len};
	}
	if (!n) {
		code_jump(code, no);
		return;
	}
	code_add(code, INSN_MOV_REG(R1, R7), INSN_ADD(R1, offset));
	if (test->kind == TEST_EQUAL) {
		emit_equal(&t, keys, n);
	} else if (test->kind == TEST_PREFIX) {
		t.asks_length = true;
		emit_beginnings(&t, keys, n);
	} else {
		code_add(code, INSN_MOV_REG(R5, R1));
		emit_postfix(&t, keys, n);
	}
}

/* Of so many strings a set is small. */
#define SMALL 64

/*
 * A large set has a function of its own, which the verifier looks at once: however
 * many calls, selectors and policies ask for it, and with the stack out of sight.
 * Of who reads that, it keeps book for the whole function, in time that goes by
 * the square of the readers (6.18, kernel/bpf/liveness.c: bpf_update_live_stack()).
 */
static void write_set(struct code *code, const void *what, int offset)
{
	struct label yes = code_label(code), no = code_label(code);

	code_jump_if(code, BPF_JEQ, R1, 0, no);
	code_add(code, INSN_MOV_REG(R7, R1), INSN_MOV_REG(R4, R2));
	emit_set(code, what, offset, yes, no);
	code_here(code, yes);
	code_add(code, INSN_RETURN(1));
	code_here(code, no);
	code_add(code, INSN_RETURN(0));
}

/* The values of one policy are the same strings, wherever they are planned. */
static bool is_same_set(const void *a, const void *b)
{
	const struct test *x = a, *y = b;

	return x->kind == y->kind && x->n == y->n &&
	       !memcmp(x->strings, y->strings, x->n * sizeof(*x->strings));
}

static const struct code_late_kind large_set = {"policy_find", write_set, is_same_set,
						sizeof(struct test)};

void emit_string_test(struct code *code, const struct test *test, int offset, int len_slot,
		      struct label yes, struct label no)
{
	if (test->n <= SMALL) {
		code_add(code, INSN_LOAD(R4, FP, (int16_t)len_slot));
		emit_set(code, test, offset, yes, no);
		return;
	}
	code_add(code, INSN_MOV_REG(R1, R7), INSN_LOAD(R2, FP, (int16_t)len_slot));
	code_call_late(code, &large_set, test, offset);
	code_jump_if(code, BPF_JNE, R0, 0, yes);
	code_jump(code, no);
}

/* How a large set begins is looked at in the scratch, too. */
bool can_glance(const struct test *test)
{
	return !test->negate && test->n <= SMALL &&
	       (test->kind == TEST_EQUAL || test->kind == TEST_PREFIX);
}

void emit_glance(struct code *code, const struct test *test, int offset, size_t room,
		 struct label no)
{
	_cleanup_free_ struct key *keys = calloc(test->n, sizeof(*keys));
	struct label yes = code_label(code);
	struct tree t = {.code = code, .base = FP, .offset = offset, .yes = yes, .no = no};

	if (!keys) {
		code_fail(code, -ENOMEM);
		return;
	}
	for (size_t i = 0; i < test->n; i++) {
		const struct bytes *b = &test->strings[i];
		/* The last byte of what was read is a NUL, whatever the string has there. */
		size_t len = MIN(b->len, room - 1);
		/* The end is part of what has to be equal. */
		bool whole = test->kind == TEST_EQUAL && b->len < room;

		keys[i] = (struct key){b->s, len, len + whole};
	}
	emit_beginnings(&t, keys, test->n);
	code_here(code, yes);
}
