// SPDX-License-Identifier: Apache-2.0
#include "compile/plan.h"
#include "base/macro.h"
#include "compile/planner.h"
#include "compile/process.h"
#include "policy/action.h"
#include "policy/operator.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 24

/* --- what is captured */

static void plan_capture(struct planner *p, const struct policy_arg *arg, struct capture *ret)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);

	if (POLICY_SET(arg->resolve) && arg->resolve.len)
		refuse(p, arg->resolve.mark, "\"resolve\"");
	if (arg->source != ARG_SOURCE_CALL)
		refuse(p, arg->mark, "\"source\"");
	ret->place = (unsigned)arg->index.v;
	if (type && type->groups == ARG_GROUP_INT) {
		ret->kind = CAPTURE_NUMBER;
		ret->bits = type->bits;
		ret->is_signed = type->is_signed;
	} else if (type && type->id == ARG_TYPE_STRING) {
		ret->kind = CAPTURE_STRING;
	} else {
		refuse(p, arg->type.mark, "this type");
	}
}

/* --- what is tested */

static int by_low_signed(const void *a, const void *b)
{
	int64_t x = (int64_t)((const struct range *)a)->low;
	int64_t y = (int64_t)((const struct range *)b)->low;

	return (x > y) - (x < y);
}

static int by_low(const void *a, const void *b)
{
	uint64_t x = ((const struct range *)a)->low, y = ((const struct range *)b)->low;

	return (x > y) - (x < y);
}

static bool reaches(const struct range *a, const struct range *b, bool is_signed)
{
	/* Also one that begins where the other has just ended. */
	if (is_signed)
		return (int64_t)a->high == INT64_MAX || (int64_t)b->low <= (int64_t)a->high + 1;
	return a->high == UINT64_MAX || b->low <= a->high + 1;
}

static bool beyond(uint64_t a, uint64_t b, bool is_signed)
{
	return is_signed ? (int64_t)a > (int64_t)b : a > b;
}

size_t merge_ranges(struct range *v, size_t n, bool is_signed)
{
	size_t kept = 0;

	qsort(v, n, sizeof(*v), is_signed ? by_low_signed : by_low);
	for (size_t i = 0; i < n; i++) {
		if (kept && reaches(&v[kept - 1], &v[i], is_signed)) {
			if (beyond(v[i].high, v[kept - 1].high, is_signed))
				v[kept - 1].high = v[i].high;
		} else {
			v[kept++] = v[i];
		}
	}
	return kept;
}

/* What is greater, or less, than the value. Returns false when there is no such number. */
static bool beside(enum operator_kind kind, const struct policy_value *value, bool is_signed,
		   struct range *ret)
{
	uint64_t v = value->range.low;
	uint64_t least = is_signed ? (uint64_t)INT64_MIN : 0;
	uint64_t most = is_signed ? (uint64_t)INT64_MAX : UINT64_MAX;

	if (v == (kind == OPERATOR_GT ? most : least))
		return false;
	*ret = kind == OPERATOR_GT ? (struct range){v + 1, most} : (struct range){least, v - 1};
	return true;
}

static void plan_numbers(struct planner *p, const struct policy_arg_match *match,
			 const struct operator* op, struct test *ret)
{
	const struct policy_values *values = &match->values;
	struct range *v = TAKE(p, values->n, struct range);
	size_t n = 0;

	ret->is_signed = values->kind == POLICY_VALUES_SIGNED;
	if (!v)
		return;
	for (size_t i = 0; i < values->n; i++) {
		const struct policy_value *value = &values->v[i];

		if (value->list)
			refuse(p, value->mark, "a list");
		else if (op->kind == OPERATOR_MASK)
			ret->mask |= value->range.low;
		else if (op->kind == OPERATOR_GT || op->kind == OPERATOR_LT)
			n += beside(op->kind, value, ret->is_signed, &v[n]);
		else
			v[n++] = (struct range){value->range.low, value->range.high};
	}
	if (op->kind == OPERATOR_MASK) {
		ret->kind = TEST_MASK;
		return;
	}
	ret->kind = TEST_RANGES;
	ret->ranges = v;
	ret->n = merge_ranges(v, n, ret->is_signed);
}

static void plan_strings(struct planner *p, const struct policy_arg_match *match,
			 const struct operator* op, struct test *ret)
{
	const struct policy_values *values = &match->values;
	struct bytes *v = TAKE(p, values->n, struct bytes);

	if (!v)
		return;
	for (size_t i = 0; i < values->n; i++)
		v[i] = (struct bytes){values->v[i].bytes.s, values->v[i].bytes.len};
	ret->strings = v;
	ret->n = values->n;
	switch (op->kind) {
	case OPERATOR_EQUAL:
	case OPERATOR_NOT_EQUAL:
		ret->kind = TEST_EQUAL;
		break;
	case OPERATOR_PREFIX:
	case OPERATOR_NOT_PREFIX:
		ret->kind = TEST_PREFIX;
		break;
	case OPERATOR_POSTFIX:
	case OPERATOR_NOT_POSTFIX:
		ret->kind = TEST_POSTFIX;
		break;
	default:
		refuse(p, match->operator.mark, "this operator");
	}
}

static void plan_test(struct planner *p, const struct policy_arg_match *match, struct test *ret)
{
	const struct operator* op = operator_at((size_t)match->operator.v);

	ret->capture = match->arg;
	ret->negate = op->negative;
	if (op->args > 1)
		refuse(p, match->operator.mark, "this operator");
	else if (match->values.kind == POLICY_VALUES_SIGNED ||
		 match->values.kind == POLICY_VALUES_UNSIGNED)
		plan_numbers(p, match, op, ret);
	else if (match->values.kind == POLICY_VALUES_BYTES)
		plan_strings(p, match, op, ret);
	else
		refuse(p, match->operator.mark, "this operator");
}

/* --- selectors */

static bool plan_actions(struct planner *p, const struct policy_actions *from)
{
	bool post = true;

	for (size_t i = 0; i < from->n; i++) {
		const struct policy_action *a = &from->v[i];

		if (a->action.v == ACTION_NO_POST)
			post = false;
		else if (a->action.v != ACTION_POST)
			refuse(p, a->action.mark, "this action");
		else if (POLICY_SET(a->rate_limit) || a->kernel_stack.v || a->user_stack.v ||
			 a->ima_hash.v)
			refuse(p, a->mark, "what is asked of this \"Post\"");
	}
	return post;
}

static void refuse_array(struct planner *p, size_t n, struct mark mark, const char *what)
{
	if (n)
		refuse(p, mark, what);
}

#define REFUSE_ARRAY(p, array, what) refuse_array((p), (array).n, (array).mark, (what))

/* The value is looked at when nothing but registers is there to tell. */
static void plan_returns(struct planner *p, const struct policy_selector *from,
			 struct plan_selector *ret)
{
	struct test *tests = TAKE(p, from->return_args.n, struct test);

	if (!tests)
		return;
	for (size_t i = 0; i < from->return_args.n; i++) {
		plan_test(p, &from->return_args.v[i], &tests[i]);
		if (tests[i].kind != TEST_RANGES && tests[i].kind != TEST_MASK)
			refuse(p, from->return_args.v[i].mark, "a test of what is no number");
	}
	ret->n_returns = from->return_args.n;
	ret->returns = tests;
	ret->post_return = plan_actions(p, &from->return_actions);
}

static void plan_selector(struct planner *p, const struct policy_selector *from,
			  struct plan_selector *ret)
{
	struct test *tests = TAKE(p, from->args.n, struct test);

	REFUSE_ARRAY(p, from->data, "\"matchData\"");
	if (POLICY_SET(from->workloads))
		refuse(p, from->workloads.mark, "\"matchWorkloads\"");
	if (!tests)
		return;
	plan_process(p, from, ret);
	for (size_t i = 0; i < from->args.n; i++)
		plan_test(p, &from->args.v[i], &tests[i]);
	ret->n = from->args.n;
	ret->tests = tests;
	ret->post = plan_actions(p, &from->actions);
	plan_returns(p, from, ret);
}

int plan_number(struct plan *plan, uint32_t number, struct arena *arena)
{
	char *name = arena_alloc(arena, NAME_MAX_LEN);

	if (!name)
		return -ENOMEM;
	snprintf(name, NAME_MAX_LEN, "hook_%u", number);
	plan->hook = number;
	plan->name = name;
	return 0;
}

int plan_make(const struct policy_hook *hook, const struct plan_facts *facts, struct arena *arena,
	      struct diagnostics *diags, struct plan *ret)
{
	struct planner p = {.hook = hook, .facts = facts, .arena = arena, .diags = diags};
	struct plan_selector *selectors = TAKE(&p, hook->selectors.n, struct plan_selector);
	struct capture *captures = TAKE(&p, hook->args.n, struct capture);

	if (!selectors || !captures)
		return -ENOMEM;
	*ret = (struct plan){0};
	ret->tells_return = hook->returns.v;
	if (ret->tells_return)
		plan_capture(&p, &hook->return_arg, &ret->returned);
	if (hook->return_action >= 0)
		refuse(&p, hook->return_action_name.mark, "\"returnArgAction\"");
	REFUSE_ARRAY(&p, hook->data, "\"data\"");
	for (size_t i = 0; i < hook->args.n; i++)
		plan_capture(&p, &hook->args.v[i], &captures[i]);
	for (size_t i = 0; i < hook->selectors.n; i++)
		plan_selector(&p, &hook->selectors.v[i], &selectors[i]);
	ret->n_captures = hook->args.n;
	ret->captures = captures;
	ret->n_selectors = hook->selectors.n;
	ret->selectors = selectors;
	if (arena->failed)
		return -ENOMEM;
	return p.refused ? -EOPNOTSUPP : 0;
}
