// SPDX-License-Identifier: Apache-2.0
#include "cel/eval.h"

#include "cel/equal.h"
#include "cel/fold.h"
#include "cel/functions.h"
#include "cel/logic.h"

#include <errno.h>

static int eval_literal(_unused_ struct cel_activation *a, const struct cel_node *node,
			struct cel_value *ret)
{
	*ret = node->literal;
	return 0;
}

static int unbound(struct cel_activation *a, const struct cel_node *node)
{
	struct cel_value name = cel_string(node->name.name, strlen(node->name.name));

	return cel_fault_about(a, node, "the variable has no value here", &name);
}

static int eval_name(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret)
{
	const struct cel_value *value =
		node->name.local ? &a->locals[node->name.slot] : &a->values[node->name.slot];

	if (UNLIKELY(value->kind == CEL_NONE))
		return unbound(a, node);
	*ret = *value;
	return 0;
}

static int eval_select(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret)
{
	struct cel_value from;
	int r = cel_eval_node(a, node->child[0], &from);

	return r < 0 ? r : cel_select(a, node, &from, ret);
}

static int eval_has(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret)
{
	struct cel_value from;
	int r = cel_eval_node(a, node->child[0], &from);

	return r < 0 ? r : cel_has(a, node, &from, ret);
}

static bool takes(const struct cel_overload *o, const struct cel_node *call,
		  const struct cel_value *args)
{
	if (o->n_params != call->n)
		return false;
	for (unsigned i = 0; i < call->n; i++)
		if (o->params[i]->kind != args[i].kind && o->params[i]->kind != CEL_VARIABLE)
			return false;
	return true;
}

static int eval_call(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret)
{
	const struct cel_overload *o = node->call.overload;
	struct cel_value args[CEL_PARAMS_MAX];
	int r;

	for (unsigned i = 0; i < node->n; i++) {
		r = cel_eval_node(a, node->child[i], &args[i]);
		if (r < 0)
			return r;
	}
	/* What the checker took for a uint may be null, and of dyn it knew nothing. */
	if (UNLIKELY(!takes(o, node, args))) {
		for (o = node->call.set.first; o < node->call.set.last; o++)
			if (takes(o, node, args))
				break;
		if (o == node->call.set.last)
			return cel_fault_arguments(a, node, args);
	}
	return cel_functions[o - cel_overloads](a, node, args, ret);
}

static int eval_logic(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret)
{
	struct cel_logic logic;
	struct cel_value value;
	int r = 0;

	cel_logic_begin(&logic, node->kind == CEL_NODE_OR);
	for (unsigned i = 0; i < node->n && r == 0; i++) {
		r = cel_eval_node(a, node->child[i], &value);
		if (r >= 0 && value.kind != CEL_BOOL)
			r = cel_fault_about(a, node->child[i], "not a bool", &value);
		r = cel_logic_take(&logic, a, r, r >= 0 && value.boolean);
	}
	return r < 0 ? r : cel_logic_end(&logic, a, ret);
}

static int eval_condition(struct cel_activation *a, const struct cel_node *node,
			  struct cel_value *ret)
{
	struct cel_value test;
	int r = cel_eval_node(a, node->child[CEL_TEST], &test);

	if (r < 0)
		return r;
	if (test.kind != CEL_BOOL)
		return cel_fault_about(a, node->child[CEL_TEST], "not a bool", &test);
	return cel_eval_node(a, node->child[test.boolean ? CEL_THEN : CEL_OTHERWISE], ret);
}

static int eval_list(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret)
{
	struct cel_value *items = cel_alloc(a, node, node->n * sizeof(*items));
	int r;

	if (!items)
		return a->fault.code;
	for (unsigned i = 0; i < node->n; i++) {
		r = cel_eval_node(a, node->child[i], &items[i]);
		if (r < 0)
			return r;
	}
	*ret = cel_list(items, node->n);
	return 0;
}

static int check_key(struct cel_activation *a, const struct cel_node *node,
		     const struct cel_value *map, const struct cel_value *key)
{
	struct cel_value found;
	int r;

	if (key->kind != CEL_BOOL && key->kind != CEL_INT && key->kind != CEL_UINT &&
	    key->kind != CEL_STRING)
		return cel_fault_about(a, node, "this cannot be a map's key", key);
	r = cel_map_find(a, node, map, key, &found);
	if (r > 0)
		return cel_fault_about(a, node, "a map has a key only once", key);
	return r;
}

static int eval_map(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret)
{
	uint32_t n = node->n / 2;
	struct cel_entry *entries = cel_alloc(a, node, n * sizeof(*entries));
	struct cel_value map = cel_map(entries, 0);
	int r;

	if (!entries)
		return a->fault.code;
	for (; map.n < n; map.n++) {
		r = cel_eval_node(a, node->child[2 * map.n], &entries[map.n].key);
		if (r >= 0)
			r = check_key(a, node->child[2 * map.n], &map, &entries[map.n].key);
		if (r >= 0)
			r = cel_eval_node(a, node->child[2 * map.n + 1], &entries[map.n].value);
		if (r < 0)
			return r;
	}
	*ret = map;
	return 0;
}

int cel_eval_node(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret)
{
	static int (*const evals[_CEL_NODE_MAX])(struct cel_activation *, const struct cel_node *,
						 struct cel_value *) = {
		[CEL_NODE_LITERAL] = eval_literal, [CEL_NODE_NAME] = eval_name,
		[CEL_NODE_SELECT] = eval_select,   [CEL_NODE_HAS] = eval_has,
		[CEL_NODE_CALL] = eval_call,       [CEL_NODE_AND] = eval_logic,
		[CEL_NODE_OR] = eval_logic,        [CEL_NODE_CONDITION] = eval_condition,
		[CEL_NODE_LIST] = eval_list,       [CEL_NODE_MAP] = eval_map,
		[CEL_NODE_FOLD] = cel_eval_fold,
	};
	int r = cel_spend(a, node, 1);

	return r < 0 ? r : evals[node->kind](a, node, ret);
}
