/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_CHECKER_H
#define OCELLI_CEL_CHECKER_H

/* What the parts of the type checker share. */

#include "cel/ast.h"
#include "cel/limit.h"
#include "cel/names.h"
#include "cel/unify.h"

struct cel_checker {
	const struct cel_env *env;
	struct arena *arena;
	struct cel_unifier unifier;
	struct cel_names names;
	/* The names that folds around here have given, the innermost last. */
	struct {
		const char *name;
		const struct cel_type *type;
	} locals[CEL_NESTING_MAX];
	unsigned n_locals;
	uint64_t mentions;
	struct error **reterr;
};

/* Sets the node's type, and those of all below. All return 0, -EINVAL or -ENOMEM. */
int cel_check_node(struct cel_checker *c, struct cel_node *node);

/* Names; selections and has(), with what they select from (check_name.c). */
int cel_check_name(struct cel_checker *c, struct cel_node *node);
int cel_check_select(struct cel_checker *c, struct cel_node *node);

/* A call, with its arguments (check_call.c). */
int cel_check_call(struct cel_checker *c, struct cel_node *node);

/* Appends the dotted name that selects on a simple name spell. Returns false when @node is
 * something else, or a local. */
bool cel_check_path(struct cel_checker *c, const struct cel_node *node, struct str *out,
		    bool *ret_absolute);

/* Begins to look for the name that was meant. */
void cel_check_suggest(struct suggest *suggest, const char *wanted);

/* The type as text; the caller frees it. Returns NULL when out of memory. */
char *cel_check_show(const struct cel_type *type);

#endif
