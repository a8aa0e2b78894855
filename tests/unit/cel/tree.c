// SPDX-License-Identifier: Apache-2.0
#include "tree.h"

static const char *const folds[] = {"all", "exists", "exists_one", "map", "filter"};

static void append_children(struct str *out, const struct cel_node *node)
{
	for (unsigned i = 0; i < node->n; i++) {
		str_append_char(out, ' ');
		tree_append(out, node->child[i]);
	}
	str_append_char(out, ')');
}

void tree_append(struct str *out, const struct cel_node *node)
{
	switch (node->kind) {
	case CEL_NODE_LITERAL:
		cel_value_append(out, &node->literal);
		return;
	case CEL_NODE_NAME:
		str_appendf(out, "%s%s", node->name.absolute ? "." : "", node->name.name);
		return;
	case CEL_NODE_SELECT:
		str_appendf(out, "(select %s", node->select.name);
		break;
	case CEL_NODE_HAS:
		str_appendf(out, "(has %s", node->select.name);
		break;
	case CEL_NODE_CALL:
		str_appendf(out, "(%s%s", node->call.member ? "." : "", node->call.function);
		break;
	case CEL_NODE_AND:
		str_append_lit(out, "(&&");
		break;
	case CEL_NODE_OR:
		str_append_lit(out, "(||");
		break;
	case CEL_NODE_CONDITION:
		str_append_lit(out, "(?");
		break;
	case CEL_NODE_LIST:
		str_append_lit(out, "(list");
		break;
	case CEL_NODE_MAP:
		str_append_lit(out, "(map");
		break;
	default:
		str_appendf(out, "(%s-macro %s", folds[node->fold.macro], node->fold.name);
		break;
	}
	append_children(out, node);
}
