// SPDX-License-Identifier: Apache-2.0
#include "cel/checker.h"

#include "base/cleanup.h"
#include "cel/macro.h"

#include <errno.h>

/* As many ways to call a function as an error lists. */
#define LISTED 6

/* What A and B of an overload stand for at one call; made when first met. */
struct instance {
	const struct cel_type *a, *b;
};

static const struct cel_type *instantiate(struct cel_checker *c, struct instance *instance,
					  const struct cel_type *type)
{
	const struct cel_type **variable = type == &cel_type_a ? &instance->a : &instance->b;
	const struct cel_type *first, *second = NULL;

	if (type->kind == CEL_VARIABLE) {
		if (!*variable)
			*variable = cel_unify_fresh(&c->unifier);
		return *variable;
	}
	if (type->kind != CEL_LIST && type->kind != CEL_MAP)
		return type;
	first = instantiate(c, instance, type->arg[0]);
	if (first && type->kind == CEL_MAP)
		second = instantiate(c, instance, type->arg[1]);
	if (!first || (type->kind == CEL_MAP && !second))
		return NULL;
	return cel_type_of(c->arena, type->kind, first, second);
}

/* The call's type if the overload takes its arguments, else NULL. */
static const struct cel_type *fit(struct cel_checker *c, const struct cel_node *node,
				  const struct cel_overload *overload)
{
	struct instance instance = {NULL, NULL};

	if (overload->style == CEL_STYLE_RUNTIME || overload->n_params != node->n)
		return NULL;
	for (unsigned i = 0; i < node->n; i++) {
		const struct cel_type *param = instantiate(c, &instance, overload->params[i]);

		if (!param || !cel_unify(&c->unifier, node->child[i]->type, param))
			return NULL;
	}
	return instantiate(c, &instance, overload->result);
}

/* Whether one of two operands is an int and the other a uint, which is how pids are compared in
 * vain. */
static bool is_int_with_uint(const struct cel_node *node)
{
	bool has_int = false, has_uint = false;

	for (unsigned i = 0; i < node->n; i++) {
		const struct cel_type *type = cel_type_resolve(node->child[i]->type);

		if (type->kind == CEL_NULLABLE)
			type = type->arg[0];
		has_int = has_int || type->kind == CEL_INT;
		has_uint = has_uint || type->kind == CEL_UINT;
	}
	return node->n == 2 && has_int && has_uint;
}

static void suggest_conversion(struct cel_checker *c, const struct cel_node *node)
{
	for (unsigned i = 0; i < node->n; i++) {
		const struct cel_node *arg = node->child[i];

		if (arg->kind != CEL_NODE_LITERAL || arg->literal.kind != CEL_INT ||
		    arg->literal.integer < 0)
			continue;
		error_remedy(c->reterr, "write %lldu, which is a uint",
			     (long long)arg->literal.integer);
		return;
	}
	error_remedy(c->reterr, "convert one of them with uint() or int()");
}

static void list_overloads(struct cel_checker *c, const struct cel_node *node)
{
	_cleanup_str_ struct str list = STR_INIT;
	const char *args[CEL_PARAMS_MAX];
	unsigned listed = 0;

	for (const struct cel_overload *o = node->call.set.first; o < node->call.set.last; o++) {
		if (o->style == CEL_STYLE_RUNTIME)
			continue;
		if (listed++ == LISTED) {
			str_append_lit(&list, " …");
			break;
		}
		if (listed > 1)
			str_append_lit(&list, ", ");
		for (unsigned i = 0; i < o->n_params; i++)
			args[i] = cel_kind_name(o->params[i]->kind);
		cel_overload_show(&list, o->name, node->call.member, args, o->n_params);
	}
	if (str_cstr(&list))
		error_remedy(c->reterr, "there is %s", list.data);
}

static void free_texts(char *(*texts)[CEL_PARAMS_MAX])
{
	for (unsigned i = 0; i < CEL_PARAMS_MAX; i++)
		free((*texts)[i]);
}

static int refuse_arguments(struct cel_checker *c, const struct cel_node *node)
{
	__attribute__((cleanup(free_texts))) char *types[CEL_PARAMS_MAX] = {NULL};
	_cleanup_str_ struct str shown = STR_INIT;

	for (unsigned i = 0; i < node->n; i++) {
		types[i] = cel_check_show(node->child[i]->type);
		if (!types[i])
			return -ENOMEM;
	}
	cel_overload_show(&shown, node->call.function, node->call.member,
			  (const char *const *)types, node->n);
	if (!str_cstr(&shown))
		return -ENOMEM;
	cel_complain(c->reterr, -EINVAL, node->place, "there is no %s", shown.data);
	if (is_int_with_uint(node))
		suggest_conversion(c, node);
	else if (!strcmp(node->call.function, "==") || !strcmp(node->call.function, "!="))
		error_remedy(c->reterr, "both sides must have the same type");
	else
		list_overloads(c, node);
	return -EINVAL;
}

static int refuse_count(struct cel_checker *c, const struct cel_node *node)
{
	cel_complain(c->reterr, -EINVAL, node->place, "%s() does not take %u arguments",
		     node->call.function, node->n - node->call.member);
	list_overloads(c, node);
	return -EINVAL;
}

static bool is_macro(const char *name)
{
	const char *macro;

	for (size_t i = 0; (macro = cel_macro_name(i)); i++)
		if (!strcmp(macro, name))
			return true;
	return false;
}

static int refuse_function(struct cel_checker *c, const struct cel_node *node)
{
	struct cel_overload_set other = cel_overload_find(node->call.function, !node->call.member);
	const char *name = node->call.function, *macro;
	struct suggest suggest;

	cel_complain(c->reterr, -EINVAL, node->place, "there is no %s \"%s\"",
		     node->call.member ? "method" : "function", name);
	cel_check_suggest(&suggest, name);
	for (size_t i = 0; i < cel_n_overloads; i++)
		suggest_offer(&suggest, cel_overloads[i].name);
	for (size_t i = 0; (macro = cel_macro_name(i)); i++)
		suggest_offer(&suggest, macro);
	if (other.first < other.last)
		error_remedy(c->reterr,
			     node->call.member ? "it is called as %s(x)" : "it is called as x.%s()",
			     name);
	else if (is_macro(name))
		error_remedy(c->reterr, "macros are has(x.f), x.all(e, …), x.map(e, …) …");
	else
		suggest_remedy(&suggest, c->reterr);
	return -EINVAL;
}

/* Of several that fit, because an argument's type is open, the type is what they agree on. */
static int choose(struct cel_checker *c, struct cel_node *node)
{
	struct cel_binding *mark = c->unifier.trail;
	unsigned fitting = 0;

	for (const struct cel_overload *o = node->call.set.first; o < node->call.set.last; o++) {
		const struct cel_type *type = fit(c, node, o);

		cel_unify_undo(&c->unifier, mark);
		if (!type)
			continue;
		if (fitting++ == 0)
			node->call.overload = o;
		node->type = fitting == 1 || node->type == type ? type : CEL_SIMPLE(CEL_DYN);
	}
	if (fitting == 1)
		node->type = fit(c, node, node->call.overload);
	if (c->arena->failed)
		return -ENOMEM;
	return fitting ? 0 : refuse_arguments(c, node);
}

static bool takes(const struct cel_overload_set *set, unsigned n)
{
	for (const struct cel_overload *o = set->first; o < set->last; o++)
		if (o->n_params == n)
			return true;
	return false;
}

/* ip.isCanonical(x) is no method of something named ip. */
static int find_in_name_space(struct cel_checker *c, struct cel_node *node)
{
	_cleanup_str_ struct str path = STR_INIT;
	struct cel_overload_set set;
	bool absolute;

	if (!node->call.member || !cel_check_path(c, node->child[0], &path, &absolute))
		return 0;
	str_appendf(&path, ".%s", node->call.function);
	if (!str_cstr(&path))
		return -ENOMEM;
	set = cel_overload_find(path.data, false);
	if (set.first == set.last)
		return 0;
	node->call.function = set.first->name;
	node->call.member = false;
	node->n--;
	memmove(node->child, node->child + 1, node->n * sizeof(node->child[0]));
	return 0;
}

int cel_check_call(struct cel_checker *c, struct cel_node *node)
{
	int r = find_in_name_space(c, node);

	if (r < 0)
		return r;
	/* First, for a mistyped macro has names in its arguments that nobody knows. */
	node->call.set = cel_overload_find(node->call.function, node->call.member);
	if (node->call.set.first == node->call.set.last)
		return refuse_function(c, node);
	if (!takes(&node->call.set, node->n))
		return refuse_count(c, node);
	for (unsigned i = 0; i < node->n && r >= 0; i++)
		r = cel_check_node(c, node->child[i]);
	return r < 0 ? r : choose(c, node);
}
