// SPDX-License-Identifier: Apache-2.0
#include "cel/check.h"

#include "base/cleanup.h"
#include "cel/checker.h"

#include <errno.h>

char *cel_check_show(const struct cel_type *type)
{
	struct str text = STR_INIT;

	cel_type_append(&text, type);
	if (str_cstr(&text))
		return text.data;
	str_free(&text);
	return NULL;
}

void cel_check_suggest(struct suggest *suggest, const char *wanted)
{
	size_t len = strlen(wanted);

	/* A letter in three may be wrong. */
	suggest_init(suggest, wanted, len, len / 3);
}

static int check_literal(struct cel_checker *c, struct cel_node *node)
{
	node->type = CEL_SIMPLE(node->literal.kind);
	return 0;
}

static int want_bool(struct cel_checker *c, const struct cel_node *node, const char *what)
{
	_cleanup_free_ char *shown = NULL;

	if (cel_unify(&c->unifier, node->type, CEL_SIMPLE(CEL_BOOL)))
		return 0;
	shown = cel_check_show(node->type);
	if (!shown || c->arena->failed)
		return -ENOMEM;
	return cel_complain(c->reterr, -EINVAL, node->place, "%s must be bool, not %s", what,
			    shown);
}

static int check_logic(struct cel_checker *c, struct cel_node *node)
{
	const char *what = node->kind == CEL_NODE_AND ? "what \"&&\" joins" : "what \"||\" joins";
	int r = 0;

	for (unsigned i = 0; i < node->n && r >= 0; i++) {
		r = cel_check_node(c, node->child[i]);
		if (r >= 0)
			r = want_bool(c, node->child[i], what);
	}
	node->type = CEL_SIMPLE(CEL_BOOL);
	return r;
}

static int check_condition(struct cel_checker *c, struct cel_node *node)
{
	struct cel_node *const *child = node->child;
	_cleanup_free_ char *then = NULL, *otherwise = NULL;
	int r = 0;

	for (unsigned i = 0; i < node->n && r >= 0; i++)
		r = cel_check_node(c, child[i]);
	if (r >= 0)
		r = want_bool(c, child[CEL_TEST], "what stands before \"?\"");
	if (r < 0)
		return r;
	if (cel_unify(&c->unifier, child[CEL_THEN]->type, child[CEL_OTHERWISE]->type)) {
		node->type = cel_unify_join(&c->unifier, child[CEL_THEN]->type,
					    child[CEL_OTHERWISE]->type);
		return 0;
	}
	then = cel_check_show(child[CEL_THEN]->type);
	otherwise = cel_check_show(child[CEL_OTHERWISE]->type);
	if (!then || !otherwise || c->arena->failed)
		return -ENOMEM;
	cel_complain(c->reterr, -EINVAL, node->place,
		     "the results of \"?:\" have different types, %s and %s", then, otherwise);
	error_remedy(c->reterr, "convert one, or put dyn() round it");
	return -EINVAL;
}

/* The type of elements that have @so_far in common, and of one more. What has nothing in common is
 * dyn. */
static const struct cel_type *common_type(struct cel_checker *c, const struct cel_type *so_far,
					  const struct cel_type *type)
{
	struct cel_binding *mark = c->unifier.trail;

	if (cel_unify(&c->unifier, so_far, type))
		return cel_unify_join(&c->unifier, so_far, type);
	cel_unify_undo(&c->unifier, mark);
	return CEL_SIMPLE(CEL_DYN);
}

/* Elements, or every second child: keys or values. */
static int check_elements(struct cel_checker *c, struct cel_node *node, unsigned first,
			  unsigned step, const struct cel_type **ret)
{
	const struct cel_type *type = NULL;
	int r;

	for (unsigned i = first; i < node->n; i += step) {
		r = cel_check_node(c, node->child[i]);
		if (r < 0)
			return r;
		type = type ? common_type(c, type, node->child[i]->type) : node->child[i]->type;
	}
	*ret = type ? type : cel_unify_fresh(&c->unifier);
	return *ret ? 0 : -ENOMEM;
}

static int check_list(struct cel_checker *c, struct cel_node *node)
{
	const struct cel_type *element;
	int r = check_elements(c, node, 0, 1, &element);

	if (r < 0)
		return r;
	node->type = cel_type_of(c->arena, CEL_LIST, element, NULL);
	return node->type ? 0 : -ENOMEM;
}

static bool is_key(const struct cel_type *type)
{
	type = cel_type_resolve(type);
	if (type->kind == CEL_NULLABLE)
		type = type->arg[0];
	switch (type->kind) {
	case CEL_BOOL:
	case CEL_INT:
	case CEL_UINT:
	case CEL_STRING:
	case CEL_DYN:
	case CEL_VARIABLE:
		return true;
	default:
		return false;
	}
}

static int check_map(struct cel_checker *c, struct cel_node *node)
{
	const struct cel_type *key, *value;
	int r = check_elements(c, node, 0, 2, &key);

	for (unsigned i = 0; i < node->n && r >= 0; i += 2)
		if (!is_key(node->child[i]->type))
			return cel_complain(c->reterr, -EINVAL, node->child[i]->place,
					    "a map's key must be a bool, int, uint or string");
	if (r >= 0)
		r = check_elements(c, node, 1, 2, &value);
	if (r < 0)
		return r;
	node->type = cel_type_of(c->arena, CEL_MAP, key, value);
	return node->type ? 0 : -ENOMEM;
}

/* What a fold goes through: a list's elements, a map's keys. */
static int element_type(struct cel_checker *c, const struct cel_node *range,
			const struct cel_type **ret)
{
	const struct cel_type *type = cel_type_resolve(range->type);
	_cleanup_free_ char *shown = NULL;

	switch (type->kind) {
	case CEL_LIST:
	case CEL_MAP:
		*ret = type->arg[0];
		return 0;
	case CEL_DYN:
	case CEL_VARIABLE:
		*ret = CEL_SIMPLE(CEL_DYN);
		return 0;
	default:
		shown = cel_check_show(type);
		if (!shown)
			return -ENOMEM;
		return cel_complain(c->reterr, -EINVAL, range->place,
				    "a macro goes through a list or a map, not %s", shown);
	}
}

static int check_body(struct cel_checker *c, struct cel_node *node)
{
	struct cel_node *body = node->child[CEL_BODY];
	int r = cel_check_node(c, body);

	if (r >= 0 && node->fold.macro != CEL_FOLD_MAP)
		r = want_bool(c, body, "the condition");
	if (r < 0 || node->n <= CEL_FILTER)
		return r;
	r = cel_check_node(c, node->child[CEL_FILTER]);
	return r < 0 ? r : want_bool(c, node->child[CEL_FILTER], "the condition");
}

static int check_fold(struct cel_checker *c, struct cel_node *node)
{
	const struct cel_type *element = NULL;
	int r = cel_check_node(c, node->child[CEL_RANGE]);

	if (r >= 0)
		r = element_type(c, node->child[CEL_RANGE], &element);
	if (r < 0)
		return r;
	/* Each fold is a level of the tree, and there are not more of these than locals. */
	node->fold.slot = c->n_locals;
	c->locals[c->n_locals].name = node->fold.name;
	c->locals[c->n_locals++].type = element;
	r = check_body(c, node);
	c->n_locals--;
	if (r < 0)
		return r;
	if (node->fold.macro == CEL_FOLD_MAP)
		node->type = cel_type_of(c->arena, CEL_LIST, node->child[CEL_BODY]->type, NULL);
	else if (node->fold.macro == CEL_FOLD_FILTER)
		node->type = cel_type_of(c->arena, CEL_LIST, element, NULL);
	else
		node->type = CEL_SIMPLE(CEL_BOOL);
	return node->type ? 0 : -ENOMEM;
}

int cel_check_node(struct cel_checker *c, struct cel_node *node)
{
	static int (*const checks[_CEL_NODE_MAX])(struct cel_checker *, struct cel_node *) = {
		[CEL_NODE_LITERAL] = check_literal,   [CEL_NODE_NAME] = cel_check_name,
		[CEL_NODE_SELECT] = cel_check_select, [CEL_NODE_HAS] = cel_check_select,
		[CEL_NODE_CALL] = cel_check_call,     [CEL_NODE_AND] = check_logic,
		[CEL_NODE_OR] = check_logic,          [CEL_NODE_CONDITION] = check_condition,
		[CEL_NODE_LIST] = check_list,         [CEL_NODE_MAP] = check_map,
		[CEL_NODE_FOLD] = check_fold,
	};

	return checks[node->kind](c, node);
}

/* What was open while the rest was checked is known now. */
static void settle(struct cel_checker *c, struct cel_node *node)
{
	node->type = cel_unify_settle(&c->unifier, node->type);
	for (unsigned i = 0; i < node->n; i++)
		settle(c, node->child[i]);
}

int cel_check(struct cel_node *root, const struct cel_env *env, struct arena *arena,
	      uint64_t *ret_mentions, struct error **reterr)
{
	_cleanup_free_ struct cel_checker *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->env = env;
	c->arena = c->unifier.arena = c->names.arena = arena;
	c->names.env = env;
	c->reterr = reterr;
	r = cel_check_node(c, root);
	if (r < 0)
		return r;
	settle(c, root);
	if (arena->failed)
		return -ENOMEM;
	*ret_mentions = c->mentions;
	return 0;
}
