/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_EQUAL_H
#define OCELLI_CEL_EQUAL_H

#include "cel/eval.h"

/*
 * Whether two values are the same. Numbers of different types are compared as
 * numbers; what else differs in type is not the same; NaN is not even itself.
 * Steps are taken off for each element and field. Returns 0, or a negative errno
 * with the fault set.
 */
int cel_equal(struct cel_activation *a, const struct cel_node *node, const struct cel_value *x,
	      const struct cel_value *y, bool *ret);

/* How values compare; numbers of different types as numbers. */
enum cel_order { CEL_LESS, CEL_SAME, CEL_GREATER, CEL_UNORDERED /* NaN */ };

/* Returns false for types that are not ordered. */
bool cel_compare(const struct cel_value *x, const struct cel_value *y, enum cel_order *ret);

#endif
