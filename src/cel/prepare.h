/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_PREPARE_H
#define OCELLI_CEL_PREPARE_H

#include "cel/ast.h"
#include "regex/pattern.h"

/* Regular expressions made ready for a tree. All zero is none. */
struct cel_patterns {
	struct pattern **v;
	size_t n, cap;
};

void cel_patterns_free(struct cel_patterns *patterns);

/*
 * Makes a checked tree ready for evaluation: what is the same at each becomes a
 * literal, regular expressions that are literals are compiled. A literal that
 * its function can never take is refused, as in cidr("10.0.0.0/33"); what else
 * fails, such as 1 / 0, is left to fail when it is evaluated.
 *
 * @arena is that of the tree. Returns 0; -EINVAL with the place; -E2BIG; -ENOMEM.
 */
int cel_prepare(struct cel_node *root, struct arena *arena, struct cel_patterns *patterns,
		struct error **reterr);

#endif
