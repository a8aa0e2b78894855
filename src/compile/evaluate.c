// SPDX-License-Identifier: Apache-2.0
#include "compile/evaluate.h"
#include "compile/expression.h"

#include <string.h>
#include <sys/socket.h>

static bool in_range(const struct range *r, uint64_t v, bool is_signed)
{
	if (is_signed)
		return (int64_t)r->low <= (int64_t)v && (int64_t)v <= (int64_t)r->high;
	return r->low <= v && v <= r->high;
}

static uint64_t number_at(const struct value *v, const struct part *field)
{
	uint64_t number = 0;

	/* As on every machine that this runs on, the least byte is first. */
	memcpy(&number, v->string.s + field->offset, field->bits / 8);
	return number;
}

static uint64_t number_of(const struct test *test, const struct value *v)
{
	return test->field.exists ? number_at(v, &test->field) : v->number;
}

static bool same_letter(char a, char b, bool any_case)
{
	if (any_case && a >= 'A' && a <= 'Z')
		a = (char)(a - 'A' + 'a');
	return a == b;
}

static bool has(const struct bytes *in, const struct bytes *s, bool any_case)
{
	for (size_t i = 0; i + s->len <= in->len; i++) {
		size_t n = 0;

		while (n < s->len && same_letter(in->s[i + n], s->s[n], any_case))
			n++;
		if (n == s->len)
			return true;
	}
	return false;
}

static bool in_network(const struct network *network, const struct test *test,
		       const struct value *v)
{
	const uint8_t *address = (const uint8_t *)v->string.s + test->field.offset;

	if (number_at(v, &test->family) != (network->v6 ? AF_INET6 : AF_INET))
		return false;
	for (unsigned i = 0; i < network->prefix; i++)
		if ((address[i / 8] ^ network->address[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

/* Of nothing there may be no address. */
static bool is_same(const char *a, const char *b, size_t n)
{
	return !n || !memcmp(a, b, n);
}

static bool is_string(const struct test *test, const struct bytes *s, const struct bytes *v)
{
	switch (test->kind) {
	case TEST_EQUAL:
		return v->len == s->len && is_same(v->s, s->s, s->len);
	case TEST_PREFIX:
		return v->len >= s->len && is_same(v->s, s->s, s->len);
	case TEST_POSTFIX:
		return v->len >= s->len && is_same(v->s + v->len - s->len, s->s, s->len);
	case TEST_SUBSTRING:
		return has(v, s, false);
	case TEST_SUBSTRING_NOCASE:
		return has(v, s, true);
	default:
		return false;
	}
}

static bool is_one(const struct test *test, size_t i, const struct value *v)
{
	struct bytes string;

	if (test->kind == TEST_RANGES)
		return in_range(&test->ranges[i], number_of(test, v), test->is_signed);
	if (test->kind == TEST_NETWORKS)
		return in_network(&test->networks[i], test, v);
	if (test->kind == TEST_MASK || test->kind == TEST_GAINED)
		return false;
	string = (struct bytes){v->string.s + test->field.offset,
				v->string.len - test->field.offset};
	return is_string(test, &test->strings[i], &string);
}

bool test_holds(const struct test *test, const struct value *v)
{
	bool any = test->kind == TEST_MASK && number_of(test, v) & test->mask;

	if (v->fault)
		return false;
	for (size_t i = 0; i < test->n && !any; i++)
		any = is_one(test, i, v);
	return any != test->negate;
}

static uint64_t compute(const struct expression *e, const struct value *values);

static bool less(const struct expression *e, uint64_t a, uint64_t b)
{
	return expression_is_signed(e->child[0]->type) ? (int64_t)a < (int64_t)b : a < b;
}

static uint64_t compute_value(const struct expression *e, const struct value *values)
{
	const struct value *v = &values[e->capture];

	/* What was read is a number of 64 bits. */
	return v->is_word ? number_at(v, &(struct part){.bits = 64}) : v->number;
}

static bool any_of(const struct expression *e, const struct value *values, bool wanted)
{
	for (size_t i = 0; i < e->n; i++)
		if (!!compute(e->child[i], values) == wanted)
			return true;
	return false;
}

static uint64_t compute_pair(const struct expression *e, uint64_t a, uint64_t b)
{
	switch (e->kind) {
	case EXPRESSION_EQUAL:
		return a == b;
	case EXPRESSION_UNEQUAL:
		return a != b;
	case EXPRESSION_LESS:
		return less(e, a, b);
	case EXPRESSION_LESS_EQUAL:
		return !less(e, b, a);
	case EXPRESSION_GREATER:
		return less(e, b, a);
	case EXPRESSION_GREATER_EQUAL:
		return !less(e, a, b);
	case EXPRESSION_ADD:
		return a + b;
	case EXPRESSION_SUBTRACT:
		return a - b;
	case EXPRESSION_BIT_AND:
		return a & b;
	case EXPRESSION_BIT_OR:
		return a | b;
	default:
		return a ^ b;
	}
}

static uint64_t compute(const struct expression *e, const struct value *values)
{
	switch (e->kind) {
	case EXPRESSION_CONSTANT:
		return e->constant;
	case EXPRESSION_CAPTURE:
		return compute_value(e, values);
	case EXPRESSION_TEST:
		return test_holds(e->test, &values[e->test->capture]);
	case EXPRESSION_NOT:
		return !compute(e->child[0], values);
	case EXPRESSION_AND:
		return !any_of(e, values, false);
	case EXPRESSION_OR:
		return any_of(e, values, true);
	case EXPRESSION_CONDITION:
		return compute(e->child[compute(e->child[0], values) ? 1 : 2], values);
	case EXPRESSION_BIT_NOT:
		return expression_fit(~compute(e->child[0], values), e->type);
	case EXPRESSION_CAST:
		return expression_fit(compute(e->child[0], values), e->type);
	default:
		return expression_fit(
			compute_pair(e, compute(e->child[0], values), compute(e->child[1], values)),
			e->type);
	}
}

static bool is_true(const struct expressions *all, const struct value *values)
{
	for (size_t i = 0; i < all->n; i++)
		if (values[all->captures[i]].fault)
			return false;
	return compute(all->top, values);
}

bool test_is_true(const struct test *test, const struct value *values)
{
	const struct value *v = &values[test->capture], *second = &values[test->second];

	if (test->kind == TEST_EXPRESSION)
		return is_true(test->expressions, values);
	if (test->kind != TEST_GAINED)
		return test_holds(test, v);
	return !v->fault && !second->fault &&
	       !!(number_of(test, v) & ~number_of(test, second)) != test->negate;
}

int evaluate(const struct plan *plan, const struct value *values, const struct caller *subject)
{
	for (size_t i = 0; i < plan->n_selectors; i++) {
		const struct plan_selector *s = &plan->selectors[i];
		size_t j = 0;

		while (j < s->n && test_is_true(&s->tests[j], values))
			j++;
		if (j == s->n && evaluate_process(s, subject))
			return (int)i;
	}
	return plan->n_selectors ? NO_SELECTOR : 0;
}

bool evaluate_return(const struct plan *plan, int selector, const struct value *returned)
{
	const struct plan_selector *s = &plan->selectors[selector];

	if (!plan->n_selectors)
		return true;
	for (size_t i = 0; i < s->n_returns; i++)
		if (!test_holds(&s->returns[i], returned))
			return false;
	return s->return_actions.post;
}
