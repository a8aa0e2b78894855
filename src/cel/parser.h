/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_PARSER_H
#define OCELLI_CEL_PARSER_H

#include "cel/ast.h"

/*
 * Reads an expression, macros included. The tree and all in it are in @arena;
 * nothing points into @text.
 *
 * Returns 0; -EINVAL with the place for what is no expression; -ERANGE for a
 * number out of range; -E2BIG beyond the limits; -ENOMEM.
 */
int cel_parse(const char *text, struct arena *arena, struct cel_node **ret, struct error **reterr);

#endif
