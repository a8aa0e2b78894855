/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_CEL_TREE_H
#define OCELLI_TESTS_CEL_TREE_H

#include "cel/ast.h"

/* Appends the tree as nested lists: "(+ 1 (.size x))". */
void tree_append(struct str *out, const struct cel_node *node);

#endif
