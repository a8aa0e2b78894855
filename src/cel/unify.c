// SPDX-License-Identifier: Apache-2.0
#include "cel/unify.h"

#include "cel/limit.h"

#include <errno.h>

struct cel_binding {
	struct cel_binding *before;
	struct cel_type *variable;
	const struct cel_type *was;
};

const struct cel_type *cel_type_of(struct arena *arena, enum cel_kind kind,
				   const struct cel_type *first, const struct cel_type *second)
{
	struct cel_type *type = arena_alloc(arena, sizeof(*type));

	if (type)
		*type = (struct cel_type){.kind = kind, .arg = {first, second}};
	return type;
}

const struct cel_type *cel_unify_fresh(struct cel_unifier *u)
{
	return cel_type_of(u->arena, CEL_VARIABLE, NULL, NULL);
}

/* The last variable of a chain of variables; the type itself when it is none. */
static const struct cel_type *last_variable(const struct cel_type *type)
{
	while (type->kind == CEL_VARIABLE && type->arg[0] && type->arg[0]->kind == CEL_VARIABLE)
		type = type->arg[0];
	return type;
}

static bool bind(struct cel_unifier *u, const struct cel_type *variable, const struct cel_type *to)
{
	struct cel_binding *binding = arena_alloc(u->arena, sizeof(*binding));
	/* All variables that get here were made by cel_unify_fresh(). */
	struct cel_type *v = (struct cel_type *)variable;

	if (!binding)
		return false;
	*binding = (struct cel_binding){u->trail, v, v->arg[0]};
	u->trail = binding;
	v->arg[0] = to;
	return true;
}

void cel_unify_undo(struct cel_unifier *u, struct cel_binding *mark)
{
	for (; u->trail != mark; u->trail = u->trail->before)
		u->trail->variable->arg[0] = u->trail->was;
}

static unsigned n_parts(const struct cel_type *type)
{
	return type->kind == CEL_MAP ? 2 : type->kind == CEL_LIST || type->kind == CEL_NULLABLE;
}

/* Whether an open variable is a part of a type, which then would be part of itself; -E2BIG when
 * that is nested too deep to tell. */
static int occurs(const struct cel_type *variable, const struct cel_type *type, unsigned levels)
{
	int r = 0;

	type = cel_type_resolve(type);
	if (type == variable)
		return 1;
	if (levels == 0)
		return -E2BIG;
	for (unsigned i = 0; i < n_parts(type) && r == 0; i++)
		r = occurs(variable, type->arg[i], levels - 1);
	return r;
}

static bool unify(struct cel_unifier *u, const struct cel_type *a, const struct cel_type *b,
		  unsigned levels);
static const struct cel_type *join(struct cel_unifier *u, const struct cel_type *a,
				   const struct cel_type *b, unsigned levels);

static bool bind_open(struct cel_unifier *u, const struct cel_type *variable,
		      const struct cel_type *type)
{
	int r = occurs(variable, type, CEL_NESTING_MAX);

	return r <= 0 && bind(u, variable, r < 0 ? CEL_SIMPLE(CEL_DYN) : type);
}

static bool is_open(const struct cel_type *type)
{
	return type->kind == CEL_VARIABLE && !type->arg[0];
}

static bool unify_variable(struct cel_unifier *u, const struct cel_type *variable,
			   const struct cel_type *type, unsigned levels)
{
	const struct cel_type *general;

	variable = last_variable(variable);
	type = last_variable(type);
	if (variable == type)
		return true;
	/* In this order: many types are compared with the same first one, and if that pointed to
	 * each of the others in turn, chains would grow. */
	if (is_open(type))
		return bind_open(u, type, variable);
	if (is_open(variable))
		return bind_open(u, variable, type);
	if (!unify(u, variable->arg[0], type, levels))
		return false;
	general = join(u, variable->arg[0], type, levels);
	return general == variable->arg[0] || bind(u, variable, general);
}

static bool is_nullable(const struct cel_type *type)
{
	switch (type->kind) {
	case CEL_NULL:
	case CEL_NULLABLE:
	case CEL_MESSAGE:
	case CEL_TIMESTAMP:
	case CEL_DURATION:
	case CEL_IP:
	case CEL_CIDR:
		return true;
	default:
		return false;
	}
}

static const struct cel_type *held(const struct cel_type *type)
{
	return type->kind == CEL_NULLABLE ? type->arg[0] : type;
}

/* What a type agrees with of which nothing is known, its parts agree with as well. */
static bool unify_dyn(struct cel_unifier *u, const struct cel_type *type, unsigned levels)
{
	for (unsigned i = 0; i < n_parts(type); i++)
		if (!unify(u, type->arg[i], CEL_SIMPLE(CEL_DYN), levels - 1))
			return false;
	return true;
}

static bool unify(struct cel_unifier *u, const struct cel_type *a, const struct cel_type *b,
		  unsigned levels)
{
	if (a == b || levels == 0)
		return true;
	if (a->kind == CEL_VARIABLE)
		return unify_variable(u, a, b, levels);
	if (b->kind == CEL_VARIABLE)
		return unify_variable(u, b, a, levels);
	if (a->kind == CEL_DYN || b->kind == CEL_DYN)
		return unify_dyn(u, a->kind == CEL_DYN ? b : a, levels);
	if (a->kind == CEL_NULL || b->kind == CEL_NULL)
		return is_nullable(a) && is_nullable(b);
	a = held(a);
	b = held(b);
	if (a->kind != b->kind || a->message != b->message)
		return false;
	for (unsigned i = 0; i < n_parts(a); i++)
		if (!unify(u, a->arg[i], b->arg[i], levels - 1))
			return false;
	return true;
}

bool cel_unify(struct cel_unifier *u, const struct cel_type *a, const struct cel_type *b)
{
	return unify(u, a, b, CEL_NESTING_MAX);
}

static const struct cel_type *or_dyn(const struct cel_type *type)
{
	return type ? type : CEL_SIMPLE(CEL_DYN);
}

static const struct cel_type *join_parts(struct cel_unifier *u, const struct cel_type *a,
					 const struct cel_type *b, unsigned levels)
{
	const struct cel_type *parts[2] = {NULL};
	bool same = true;

	for (unsigned i = 0; i < n_parts(a); i++) {
		parts[i] = join(u, a->arg[i], b->arg[i], levels - 1);
		same = same && parts[i] == a->arg[i];
	}
	return same ? a : or_dyn(cel_type_of(u->arena, a->kind, parts[0], parts[1]));
}

static const struct cel_type *join(struct cel_unifier *u, const struct cel_type *a,
				   const struct cel_type *b, unsigned levels)
{
	const struct cel_type *x = cel_type_resolve(a), *y = cel_type_resolve(b);

	if (levels == 0)
		return CEL_SIMPLE(CEL_DYN);
	if (x == y || x->kind == CEL_DYN || y->kind == CEL_NULL || y->kind == CEL_VARIABLE)
		return a;
	if (y->kind == CEL_DYN || x->kind == CEL_NULL || x->kind == CEL_VARIABLE)
		return b;
	if (x->kind == CEL_NULLABLE)
		return a;
	if (y->kind == CEL_NULLABLE)
		return b;
	if (x->kind == CEL_LIST || x->kind == CEL_MAP) {
		const struct cel_type *parts = join_parts(u, x, y, levels);

		return parts == x ? a : parts;
	}
	return a;
}

const struct cel_type *cel_unify_join(struct cel_unifier *u, const struct cel_type *a,
				      const struct cel_type *b)
{
	return join(u, a, b, CEL_NESTING_MAX);
}

static const struct cel_type *settle(struct cel_unifier *u, const struct cel_type *type,
				     unsigned levels)
{
	const struct cel_type *parts[2] = {NULL};
	bool same = true;

	type = cel_type_resolve(type);
	if (type->kind == CEL_VARIABLE || levels == 0)
		return CEL_SIMPLE(CEL_DYN);
	for (unsigned i = 0; i < n_parts(type); i++) {
		parts[i] = settle(u, type->arg[i], levels - 1);
		same = same && parts[i] == type->arg[i];
	}
	return same ? type : or_dyn(cel_type_of(u->arena, type->kind, parts[0], parts[1]));
}

const struct cel_type *cel_unify_settle(struct cel_unifier *u, const struct cel_type *type)
{
	return settle(u, type, CEL_NESTING_MAX);
}
