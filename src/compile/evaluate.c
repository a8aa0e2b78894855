// SPDX-License-Identifier: Apache-2.0
#include "compile/evaluate.h"

#include <string.h>

static bool in_range(const struct range *r, uint64_t v, bool is_signed)
{
	if (is_signed)
		return (int64_t)r->low <= (int64_t)v && (int64_t)v <= (int64_t)r->high;
	return r->low <= v && v <= r->high;
}

static bool is_one(const struct test *test, size_t i, const struct value *v)
{
	const struct bytes *s = &test->strings[i];

	switch (test->kind) {
	case TEST_RANGES:
		return in_range(&test->ranges[i], v->number, test->is_signed);
	case TEST_MASK:
		return false;
	case TEST_EQUAL:
		return v->string.len == s->len && !memcmp(v->string.s, s->s, s->len);
	case TEST_PREFIX:
		return v->string.len >= s->len && !memcmp(v->string.s, s->s, s->len);
	case TEST_POSTFIX:
		return v->string.len >= s->len &&
		       !memcmp(v->string.s + v->string.len - s->len, s->s, s->len);
	}
	return false;
}

bool test_holds(const struct test *test, const struct value *v)
{
	bool any = test->kind == TEST_MASK && v->number & test->mask;

	if (v->fault)
		return false;
	for (size_t i = 0; i < test->n && !any; i++)
		any = is_one(test, i, v);
	return any != test->negate;
}

int evaluate(const struct plan *plan, const struct value *values, const struct subject *subject)
{
	for (size_t i = 0; i < plan->n_selectors; i++) {
		const struct plan_selector *s = &plan->selectors[i];
		size_t j = 0;

		while (j < s->n && test_holds(&s->tests[j], &values[s->tests[j].capture]))
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
	return s->post_return;
}
