// SPDX-License-Identifier: Apache-2.0
#include "cel/checker.h"

#include "base/cleanup.h"

#include <errno.h>

static bool is_local(const struct cel_checker *c, const struct cel_node *node)
{
	for (unsigned i = 0; i < c->n_locals && !node->name.absolute; i++)
		if (!strcmp(c->locals[i].name, node->name.name))
			return true;
	return false;
}

static void append_path(const struct cel_node *node, struct str *out)
{
	if (node->kind == CEL_NODE_NAME) {
		str_append_z(out, node->name.name);
		return;
	}
	append_path(node->child[0], out);
	str_appendf(out, ".%s", node->select.name);
}

bool cel_check_path(struct cel_checker *c, const struct cel_node *node, struct str *out,
		    bool *ret_absolute)
{
	const struct cel_node *first = node;

	while (first->kind == CEL_NODE_SELECT)
		first = first->child[0];
	if (first->kind != CEL_NODE_NAME || is_local(c, first))
		return false;
	append_path(node, out);
	*ret_absolute = first->name.absolute;
	return true;
}

static void become_variable(struct cel_checker *c, struct cel_node *node, unsigned variable)
{
	const char *name = c->env->variables[variable].name;

	node->kind = CEL_NODE_NAME;
	node->n = 0;
	node->name.name = name;
	node->name.local = false;
	node->name.slot = variable;
	node->type = &c->env->variables[variable].type;
	c->mentions |= UINT64_C(1) << variable;
}

static void become_literal(struct cel_node *node, const struct cel_value *value)
{
	node->kind = CEL_NODE_LITERAL;
	node->n = 0;
	node->literal = *value;
	node->type = CEL_SIMPLE(value->kind);
}

static int refuse_value(struct cel_checker *c, const struct cel_node *node, const char *path,
			const ProtobufCEnumDescriptor *type)
{
	const char *value = strrchr(path, '.') + 1;
	struct suggest suggest;

	cel_check_suggest(&suggest, value);
	for (unsigned i = 0; i < type->n_value_names; i++)
		suggest_offer(&suggest, type->values_by_name[i].name);
	cel_complain(c->reterr, -EINVAL, node->place, "the enum %s has no value \"%s\"", type->name,
		     value);
	suggest_remedy(&suggest, c->reterr);
	return -EINVAL;
}

/* Makes a path what it means as a whole. Returns 1, or 0 when it means nothing as such. */
static int resolve(struct cel_checker *c, struct cel_node *node)
{
	_cleanup_str_ struct str path = STR_INIT;
	struct cel_meaning meaning;
	bool absolute;
	int r;

	if (!cel_check_path(c, node, &path, &absolute))
		return 0;
	if (!str_cstr(&path))
		return -ENOMEM;
	r = cel_names_find(&c->names, path.data, absolute, &meaning);
	if (r < 0)
		return r;
	switch (meaning.what) {
	case CEL_NAMED_VARIABLE:
		become_variable(c, node, meaning.variable);
		return 1;
	case CEL_NAMED_CONSTANT:
		become_literal(node, &meaning.constant);
		return 1;
	case CEL_NAMED_BAD_VALUE:
		return refuse_value(c, node, path.data, meaning.type);
	default:
		return 0;
	}
}

static int refuse_name(struct cel_checker *c, const struct cel_node *node)
{
	struct suggest suggest;

	cel_check_suggest(&suggest, node->name.name);
	for (unsigned i = 0; i < c->n_locals; i++)
		suggest_offer(&suggest, c->locals[i].name);
	cel_names_suggest(&c->names, &suggest);
	cel_complain(c->reterr, -EINVAL, node->place, "there is no variable \"%s\"",
		     node->name.name);
	if (cel_overload_find(node->name.name, false).first !=
	    cel_overload_find(node->name.name, false).last)
		error_remedy(c->reterr, "the function is called as %s()", node->name.name);
	else
		suggest_remedy(&suggest, c->reterr);
	return -EINVAL;
}

int cel_check_name(struct cel_checker *c, struct cel_node *node)
{
	int r;

	for (unsigned i = c->n_locals; i > 0 && !node->name.absolute; i--) {
		if (strcmp(c->locals[i - 1].name, node->name.name))
			continue;
		node->name.local = true;
		node->name.slot = i - 1;
		node->type = c->locals[i - 1].type;
		return 0;
	}
	r = resolve(c, node);
	if (r != 0)
		return r < 0 ? r : 0;
	return refuse_name(c, node);
}

static int refuse_field(struct cel_checker *c, const struct cel_node *node,
			const ProtobufCMessageDescriptor *message)
{
	struct suggest suggest;

	cel_check_suggest(&suggest, node->select.name);
	for (unsigned i = 0; i < message->n_fields; i++)
		suggest_offer(&suggest, message->fields[i].name);
	cel_complain(c->reterr, -EINVAL, node->place, "%s has no field \"%s\"", message->name,
		     node->select.name);
	suggest_remedy(&suggest, c->reterr);
	return -EINVAL;
}

static int refuse_select(struct cel_checker *c, const struct cel_node *node,
			 const struct cel_type *type)
{
	_cleanup_free_ char *shown = cel_check_show(type);

	if (!shown)
		return -ENOMEM;
	cel_complain(c->reterr, -EINVAL, node->place, "%s has no field \"%s\"", shown,
		     node->select.name);
	if (cel_overload_find(node->select.name, true).first !=
	    cel_overload_find(node->select.name, true).last)
		error_remedy(c->reterr, "the method is called as %s()", node->select.name);
	else if (type->kind == CEL_LIST)
		error_remedy(c->reterr, "take an element, as in x[0], or ask about any, as in "
					"x.exists(e, …)");
	return -EINVAL;
}

static int select_field(struct cel_checker *c, struct cel_node *node,
			const ProtobufCMessageDescriptor *message)
{
	node->select.message = message;
	node->select.field = cel_field_find(message, node->select.name);
	if (node->select.field.shape == CEL_SHAPE_NONE)
		return refuse_field(c, node, message);
	node->type = cel_field_type(&node->select.field, c->arena);
	return node->type ? 0 : -ENOMEM;
}

static int check_selection(struct cel_checker *c, struct cel_node *node)
{
	const struct cel_type *type = cel_type_resolve(node->child[0]->type);

	switch (type->kind) {
	case CEL_MESSAGE:
		return select_field(c, node, type->message);
	case CEL_MAP:
		if (!cel_unify(&c->unifier, type->arg[0], CEL_SIMPLE(CEL_STRING)))
			return refuse_select(c, node, type);
		node->type = type->arg[1];
		return 0;
	case CEL_DYN:
	case CEL_VARIABLE:
		node->type = CEL_SIMPLE(CEL_DYN);
		return 0;
	default:
		return refuse_select(c, node, type);
	}
}

int cel_check_select(struct cel_checker *c, struct cel_node *node)
{
	bool has = node->kind == CEL_NODE_HAS;
	/* The longest name counts: a.b.c before the field c of a.b. */
	int r = has ? 0 : resolve(c, node);

	if (r != 0)
		return r < 0 ? r : 0;
	r = cel_check_node(c, node->child[0]);
	if (r >= 0)
		r = check_selection(c, node);
	if (r >= 0 && has)
		node->type = CEL_SIMPLE(CEL_BOOL);
	return r;
}
