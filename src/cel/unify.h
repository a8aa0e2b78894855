/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_UNIFY_H
#define OCELLI_CEL_UNIFY_H

#include "base/arena.h"
#include "cel/type.h"

/*
 * Finds out whether types can be the same and what variables in them then
 * stand for. dyn agrees with everything; a nullable type with what it holds and
 * with null; null with messages and the like. Of types that agree, the more
 * general is the one that takes in both.
 *
 * Lists of lists … deeper than CEL_NESTING_MAX are taken to agree: evaluation
 * looks at the values anyway.
 */
struct cel_unifier {
	struct arena *arena; /* its ->failed tells of running out of memory */
	struct cel_binding *trail;
};

/* A new variable, NULL when out of memory. */
const struct cel_type *cel_unify_fresh(struct cel_unifier *u);

/* Makes them the same if they can be. When it returns false, some variables may have been bound:
 * see cel_unify_undo(). */
bool cel_unify(struct cel_unifier *u, const struct cel_type *a, const struct cel_type *b);

/* The more general of two types that agree. Never NULL. */
const struct cel_type *cel_unify_join(struct cel_unifier *u, const struct cel_type *a,
				      const struct cel_type *b);

/* What was bound since @mark, a former value of u->trail, is open again. */
void cel_unify_undo(struct cel_unifier *u, struct cel_binding *mark);

/* The type with all variables replaced by what they stand for, open ones by dyn. Never NULL. */
const struct cel_type *cel_unify_settle(struct cel_unifier *u, const struct cel_type *type);

/* A type of parts: CEL_LIST, CEL_MAP. NULL when out of memory. */
const struct cel_type *cel_type_of(struct arena *arena, enum cel_kind kind,
				   const struct cel_type *first, const struct cel_type *second);

#endif
