// SPDX-License-Identifier: Apache-2.0
#include "cel/macro.h"

#include <errno.h>

static const struct macro {
	const char *name;
	unsigned n_args; /* those of folds, the first of which is the name */
	enum cel_fold fold;
} folds[] = {
	{"all", 2, CEL_FOLD_ALL},
	{"exists", 2, CEL_FOLD_EXISTS},
	{"exists_one", 2, CEL_FOLD_EXISTS_ONE},
	{"existsOne", 2, CEL_FOLD_EXISTS_ONE},
	{"map", 2, CEL_FOLD_MAP},
	{"map", 3, CEL_FOLD_MAP},
	{"filter", 2, CEL_FOLD_FILTER},
};

static int expand_has(struct cel_place place, const struct cel_nodes *args, struct cel_node **ret,
		      struct error **reterr)
{
	struct cel_node *arg = args->v[0];

	if (arg->kind != CEL_NODE_SELECT)
		return cel_complain(reterr, -EINVAL, arg->place,
				    "has() takes the selection of a field, as in has(a.b)");
	/* Nothing else points to the node. */
	arg->kind = CEL_NODE_HAS;
	*ret = arg;
	return 1;
}

static int expand_fold(struct arena *arena, const struct macro *macro, struct cel_place place,
		       struct cel_node *receiver, const struct cel_nodes *args,
		       struct cel_node **ret, struct error **reterr)
{
	const struct cel_node *name = args->v[0];
	struct cel_node *children[3] = {[CEL_RANGE] = receiver, [CEL_BODY] = args->v[args->n - 1]};
	struct cel_node *node = NULL;
	int r;

	if (name->kind != CEL_NODE_NAME || name->name.absolute)
		return cel_complain(reterr, -EINVAL, name->place,
				    "the first argument of %s() is a simple name", macro->name);
	if (args->n == 3)
		children[CEL_FILTER] = args->v[1];
	r = cel_node_new(arena, CEL_NODE_FOLD, place, children, args->n, &node, reterr);
	if (r < 0)
		return r;
	node->fold.macro = macro->fold;
	node->fold.name = name->name.name;
	*ret = node;
	return 1;
}

int cel_macro_expand(struct arena *arena, const char *name, struct cel_place place,
		     struct cel_node *receiver, const struct cel_nodes *args, struct cel_node **ret,
		     struct error **reterr)
{
	if (!receiver && args->n == 1 && !strcmp(name, "has"))
		return expand_has(place, args, ret, reterr);
	if (!receiver)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(folds); i++)
		if (folds[i].n_args == args->n && !strcmp(folds[i].name, name))
			return expand_fold(arena, &folds[i], place, receiver, args, ret, reterr);
	return 0;
}

const char *cel_macro_name(size_t i)
{
	if (i == ARRAY_SIZE(folds))
		return "has";
	return i < ARRAY_SIZE(folds) ? folds[i].name : NULL;
}
