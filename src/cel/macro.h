/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_MACRO_H
#define OCELLI_CEL_MACRO_H

#include "cel/ast.h"

/*
 * What looks like a call but is a macro: has(x.f) and x.all(name, expr) and its
 * like, told by name and number of arguments. @receiver is NULL in f(x).
 *
 * Returns 1 with the node in *ret; 0 when it is no macro; -EINVAL with the place
 * for bad arguments; -E2BIG; -ENOMEM.
 */
int cel_macro_expand(struct arena *arena, const char *name, struct cel_place place,
		     struct cel_node *receiver, const struct cel_nodes *args, struct cel_node **ret,
		     struct error **reterr);

/* The macros' names, for suggestions; NULL past the last. */
const char *cel_macro_name(size_t i);

#endif
