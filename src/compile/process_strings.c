// SPDX-License-Identifier: Apache-2.0
#include "compile/process_strings.h"
#include "abi/hook.h"
#include "compile/emit_test.h"
#include "compile/evaluate.h"
#include "compile/planner.h"
#include "policy/vocabulary.h"

#include <string.h>

#define CLASSIFY_STRING "policy_classify_string"
#define SLOT_LENGTH (-8)
/* What R8 points to: beyond what an instruction can add to R7. */
#define LEARNING(member) ((int16_t)offsetof(struct hook_learning, member))

/* --- plans */

static const struct {
	enum test_kind kind;
	bool negate;
} operators_of_strings[] = {
	[STRING_EQUAL] = {TEST_EQUAL, false},
	[STRING_NOT_EQUAL] = {TEST_EQUAL, true},
	[STRING_PREFIX] = {TEST_PREFIX, false},
	[STRING_NOT_PREFIX] = {TEST_PREFIX, true},
	[STRING_POSTFIX] = {TEST_POSTFIX, false},
	[STRING_NOT_POSTFIX] = {TEST_POSTFIX, true},
	[STRING_SUBSTRING] = {TEST_SUBSTRING, false},
	[STRING_NOT_SUBSTRING] = {TEST_SUBSTRING, true},
	[STRING_SUBSTRING_IGNORE_CASE] = {TEST_SUBSTRING_NOCASE, false},
	[STRING_NOT_SUBSTRING_IGNORE_CASE] = {TEST_SUBSTRING_NOCASE, true},
	/* Everything begins with nothing. */
	[STRING_EXISTS] = {TEST_PREFIX, false},
	[STRING_DOES_NOT_EXIST] = {TEST_PREFIX, true},
};

static const char *lower(struct planner *p, const struct policy_text *text)
{
	char *to = TAKE(p, text->len, char);

	for (size_t i = 0; to && i < text->len; i++) {
		char c = text->s[i];

		to[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	return to;
}

static size_t plan_string(struct planner *p, const struct policy_string_match *match,
			  unsigned which, struct process_test *ret)
{
	size_t n = MAX(match->values.n, 1);
	struct bytes *v = TAKE(p, n, struct bytes);
	struct test *test = &ret->test;

	if (!v)
		return 0;
	test->kind = operators_of_strings[match->operator.v].kind;
	test->negate = operators_of_strings[match->operator.v].negate;
	test->strings = v;
	test->n = n;
	for (size_t i = 0; i < match->values.n; i++) {
		const struct policy_text *text = &match->values.v[i];

		v[i] = (struct bytes){text->s, text->len};
		if (test->kind == TEST_SUBSTRING_NOCASE)
			v[i].s = lower(p, text);
		if (test->kind >= TEST_SUBSTRING && text->len > HOOK_NEEDLE_MAX)
			refuse(p, text->mark, "a value of more than 256 bytes");
	}
	ret->value = PROCESS_STRING;
	ret->which = which;
	ret->index = -1;
	if (!test->negate)
		return 1;
	ret[1] = (struct process_test){.value = PROCESS_STRINGS_KNOWN, .which = which};
	return 2;
}

size_t plan_argument(struct planner *p, const struct policy_string_match *match,
		     struct process_test *ret)
{
	size_t n = plan_string(p, match, HOOK_ARGUMENTS, ret);

	if (POLICY_SET(match->index))
		ret->index = match->index.v;
	return n;
}

size_t plan_variable(struct planner *p, const struct policy_string_match *match,
		     struct process_test *ret)
{
	char *name = TAKE(p, match->name.len + 1, char);

	if (!name)
		return 0;
	memcpy(name, match->name.s, match->name.len);
	name[match->name.len] = '=';
	ret->name = (struct bytes){name, match->name.len + 1};
	return plan_string(p, match, HOOK_ENVIRONMENT, ret);
}

/* --- code */

unsigned strings_wanted(const struct verdicts *verdicts)
{
	unsigned wanted = 0;

	for (size_t i = 0; i < verdicts->n; i++)
		if (verdicts->v[i] && process_test_is_of_strings(verdicts->v[i]))
			wanted |= verdicts->v[i]->which;
	return wanted;
}

/* The string is in the second slot, its length on the stack. */
static void emit_test_of(struct code *code, const struct process_test *t, struct label yes,
			 struct label no)
{
	int offset = (int)offsetof(struct hook_scratch, slot[1].bytes);
	struct test test = t->test;

	test.negate = false;
	if (t->name.len) {
		const struct test name = {.kind = TEST_PREFIX, .n = 1, .strings = &t->name};
		struct label named = code_label(code);

		emit_string_test(code, &name, offset, SLOT_LENGTH, named, no);
		code_here(code, named);
		code_add(code, INSN_LOAD(R1, FP, SLOT_LENGTH), INSN_ADD(R1, -(int32_t)t->name.len),
			 INSN_STORE(FP, SLOT_LENGTH, R1));
		offset += (int)t->name.len;
	}
	if (test.kind >= TEST_SUBSTRING)
		emit_find(code, &test, offset, SLOT_LENGTH, yes, no);
	else
		emit_string_test(code, &test, offset, SLOT_LENGTH, yes, no);
}

static void load_word(struct code *code, int16_t offset)
{
	code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_W, R1, R8, offset, 0));
}

static void emit_one(struct code *code, const struct process_test *t)
{
	struct label yes = code_label(code), no = code_label(code);

	load_word(code, LEARNING(strings));
	code_jump_if(code, BPF_JNE, R1, (int32_t)t->which, no);
	if (t->index >= 0) {
		load_word(code, LEARNING(index));
		code_jump_if(code, BPF_JNE, R1, (int32_t)t->index, no);
	}
	load_word(code, LEARNING(length));
	/* It has a sign. */
	code_add(code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, R1, 0, 0, 32),
		 INSN(BPF_ALU64 | BPF_ARSH | BPF_K, R1, 0, 0, 32), INSN_STORE(FP, SLOT_LENGTH, R1));
	emit_test_of(code, t, yes, no);
	code_here(code, yes);
	emit_verdict_bit(code, t);
	code_here(code, no);
}

void emit_classify_string(struct code *code, const struct verdicts *verdicts)
{
	struct label out = code_label(code);

	if (!strings_wanted(verdicts))
		return;
	code_function_like(code, CLASSIFY_STRING, CLASSIFY_STRING);
	code_jump_if(code, BPF_JEQ, R1, 0, out);
	code_add(code, INSN_MOV_REG(R7, R1), INSN_MOV_REG(R8, R1),
		 INSN_ADD(R8, offsetof(struct hook_scratch, learning)));
	for (size_t i = 0; i < verdicts->n; i++)
		if (verdicts->v[i] && verdicts->v[i]->value == PROCESS_STRING)
			emit_one(code, verdicts->v[i]);
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
}

/* All of these were looked at. R8 points to what is being learnt. */
static void emit_known(struct code *code, const struct verdicts *verdicts, unsigned which)
{
	for (size_t i = 0; i < verdicts->n; i++)
		if (verdicts->v[i] && verdicts->v[i]->value == PROCESS_STRINGS_KNOWN &&
		    verdicts->v[i]->which == which)
			emit_verdict_bit(code, verdicts->v[i]);
}

/* Goes to @none if all tests of these are known already. */
static void emit_if_fresh(struct code *code, const struct verdicts *verdicts, unsigned which,
			  struct label none)
{
	uint32_t youngest = 0;

	for (size_t i = 0; i < verdicts->n; i++)
		if (verdicts->v[i] && process_test_is_of_strings(verdicts->v[i]) &&
		    verdicts->v[i]->which == which)
			youngest = MAX(youngest, verdicts->v[i]->birth);
	code_add(code, INSN_MOV_REG(R8, R7), INSN_ADD(R8, offsetof(struct hook_scratch, learning)),
		 INSN_LOAD(R1, R8, LEARNING(since)));
	code_jump_if(code, BPF_JGE, R1, (int32_t)youngest, none);
}

/*
 * There is no function of the library around this: calls can be eight deep, and
 * a look for a part of a string has the last.
 */
static void emit_learn_those(struct code *code, const struct verdicts *verdicts, unsigned which)
{
	struct label end = code_label(code), unknown = code_label(code);

	emit_if_fresh(code, verdicts, which, unknown);
	code_add(code, INSN_MOV_REG(R1, R7), INSN_MOV(R2, (int32_t)which));
	code_call(code, "hook_begin_strings");
	for (int i = 0; i < HOOK_STRINGS_MAX; i += HOOK_STRINGS_SOME) {
		code_add(code, INSN_MOV_REG(R1, R7));
		code_call(code, "hook_some_strings");
		code_add(code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, R0, 0, 0, 32));
		code_jump_if(code, BPF_JNE, R0, 0, end);
	}
	code_here(code, end);
	code_jump_if(code, BPF_JSLE, R0, 0, unknown);
	code_add(code, INSN_MOV_REG(R8, R7), INSN_ADD(R8, offsetof(struct hook_scratch, learning)));
	emit_known(code, verdicts, which);
	code_here(code, unknown);
}

void emit_learn_strings(struct code *code, const struct verdicts *verdicts)
{
	static const unsigned kinds[] = {HOOK_ARGUMENTS, HOOK_ENVIRONMENT};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strings_wanted(verdicts) & kinds[i])
			emit_learn_those(code, verdicts, kinds[i]);
}

/* --- the evaluator */

static bool is_it(const struct process_test *t, size_t index, const struct bytes *string)
{
	struct value v = {.string = *string};
	struct test test = t->test;

	if ((t->index >= 0 && (size_t)t->index != index) || string->len < t->name.len)
		return false;
	if (t->name.len && memcmp(string->s, t->name.s, t->name.len) != 0)
		return false;
	v.string.s += t->name.len;
	v.string.len -= t->name.len;
	test.negate = false;
	return test_holds(&test, &v);
}

bool strings_hold(const struct process_test *t, const struct caller *subject)
{
	unsigned which = t->which == HOOK_ENVIRONMENT;

	if (t->value == PROCESS_STRINGS_KNOWN)
		return !subject->strings_fault[which];
	for (size_t i = 0; i < subject->n_strings[which]; i++)
		if (is_it(t, i, &subject->strings[which][i]))
			return true;
	return false;
}
