// SPDX-License-Identifier: Apache-2.0
#include "cel/ast.h"

#include "cel/limit.h"

#include <errno.h>

int cel_node_new(struct arena *arena, enum cel_node_kind kind, struct cel_place place,
		 struct cel_node *const *children, unsigned n, struct cel_node **ret,
		 struct error **reterr)
{
	struct cel_node *node = arena_alloc(arena, sizeof(*node) + n * sizeof(node->child[0]));

	if (!node)
		return -ENOMEM;
	*node = (struct cel_node){.kind = kind, .place = place, .n = n};
	for (unsigned i = 0; i < n; i++) {
		node->child[i] = children[i];
		node->height = MAX(node->height, children[i]->height);
	}
	node->height++;
	if (node->height > CEL_NESTING_MAX)
		return cel_complain(reterr, -E2BIG, place,
				    "nested too deep; the limit is %d levels", CEL_NESTING_MAX);
	*ret = node;
	return 0;
}

int cel_nodes_add(struct cel_nodes *nodes, struct arena *arena, struct cel_node *node)
{
	if (nodes->n == nodes->cap) {
		unsigned cap = nodes->cap ? 2 * nodes->cap : 8;
		struct cel_node **v = arena_alloc(arena, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		if (nodes->n)
			memcpy(v, nodes->v, nodes->n * sizeof(*v));
		nodes->v = v;
		nodes->cap = cap;
	}
	nodes->v[nodes->n++] = node;
	return 0;
}
