// SPDX-License-Identifier: Apache-2.0
#include "cel/fold.h"

#include "cel/logic.h"

static int not_bool(struct cel_activation *a, const struct cel_node *node,
		    const struct cel_value *value)
{
	return cel_fault_about(a, node, "the condition is not a bool", value);
}

/* Makes the next element, or key, the fold's local. */
static int take(struct cel_activation *a, const struct cel_node *node,
		const struct cel_value *range, uint32_t i)
{
	struct cel_value *local = &a->locals[node->fold.slot];
	int r = cel_spend(a, node, 1);

	if (r < 0)
		return r;
	return cel_fault_unless_read(a, node,
				     range->kind == CEL_LIST ? cel_list_get(range, i, local)
							     : cel_map_key(range, i, local));
}

static int eval_condition(struct cel_activation *a, const struct cel_node *condition, bool *ret)
{
	struct cel_value value;
	int r = cel_eval_node(a, condition, &value);

	if (r < 0)
		return r;
	if (value.kind != CEL_BOOL)
		return not_bool(a, condition, &value);
	*ret = value.boolean;
	return 0;
}

/* all() is && of the elements, exists() ||. */
static int fold_logic(struct cel_activation *a, const struct cel_node *node,
		      const struct cel_value *range, struct cel_value *ret)
{
	struct cel_logic logic;
	bool value = false;
	int r = 0;

	cel_logic_begin(&logic, node->fold.macro == CEL_FOLD_EXISTS);
	for (uint32_t i = 0; i < range->n && r == 0; i++) {
		r = take(a, node, range, i);
		if (r >= 0)
			r = eval_condition(a, node->child[CEL_BODY], &value);
		r = cel_logic_take(&logic, a, r, value);
	}
	return r < 0 ? r : cel_logic_end(&logic, a, ret);
}

static int fold_count(struct cel_activation *a, const struct cel_node *node,
		      const struct cel_value *range, struct cel_value *ret)
{
	uint32_t n = 0;
	bool value = false;
	int r;

	for (uint32_t i = 0; i < range->n; i++) {
		r = take(a, node, range, i);
		if (r >= 0)
			r = eval_condition(a, node->child[CEL_BODY], &value);
		if (r < 0)
			return r;
		n += value;
	}
	*ret = cel_bool(n == 1);
	return 0;
}

/* Whether the element is one to go into the new list. */
static int is_wanted(struct cel_activation *a, const struct cel_node *node, bool *ret)
{
	*ret = true;
	if (node->fold.macro == CEL_FOLD_FILTER)
		return eval_condition(a, node->child[CEL_BODY], ret);
	return node->n > CEL_FILTER ? eval_condition(a, node->child[CEL_FILTER], ret) : 0;
}

static int fold_list(struct cel_activation *a, const struct cel_node *node,
		     const struct cel_value *range, struct cel_value *ret)
{
	struct cel_value *items = cel_alloc(a, node, range->n * sizeof(*items));
	uint32_t n = 0;
	bool wanted;
	int r;

	if (!items)
		return a->fault.code;
	for (uint32_t i = 0; i < range->n; i++) {
		r = take(a, node, range, i);
		if (r >= 0)
			r = is_wanted(a, node, &wanted);
		if (r < 0)
			return r;
		if (!wanted)
			continue;
		if (node->fold.macro == CEL_FOLD_FILTER)
			items[n] = a->locals[node->fold.slot];
		else
			r = cel_eval_node(a, node->child[CEL_BODY], &items[n]);
		if (r < 0)
			return r;
		n++;
	}
	*ret = cel_list(items, n);
	return 0;
}

int cel_eval_fold(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret)
{
	static int (*const folds[_CEL_FOLD_MAX])(struct cel_activation *, const struct cel_node *,
						 const struct cel_value *, struct cel_value *) = {
		[CEL_FOLD_ALL] = fold_logic,        [CEL_FOLD_EXISTS] = fold_logic,
		[CEL_FOLD_EXISTS_ONE] = fold_count, [CEL_FOLD_MAP] = fold_list,
		[CEL_FOLD_FILTER] = fold_list,
	};
	struct cel_value range;
	int r = cel_eval_node(a, node->child[CEL_RANGE], &range);

	if (r < 0)
		return r;
	if (range.kind != CEL_LIST && range.kind != CEL_MAP)
		return cel_fault_about(a, node->child[CEL_RANGE],
				       "a macro goes through a list or a map, not this", &range);
	return folds[node->fold.macro](a, node, &range, ret);
}
