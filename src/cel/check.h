/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_CHECK_H
#define OCELLI_CEL_CHECK_H

#include "cel/ast.h"
#include "cel/env.h"

/*
 * Finds out what names mean and whether types fit, and notes it in the nodes:
 * their types, variables' and locals' slots, fields, and which overload a call
 * takes. Names of enums' values and of types become literals. Where a type is
 * known only at evaluation (dyn), that has to look again.
 *
 * *ret_mentions is the set of variables mentioned, a bit each. Returns 0;
 * -EINVAL with the place for what does not fit; -ENOMEM.
 */
int cel_check(struct cel_node *root, const struct cel_env *env, struct arena *arena,
	      uint64_t *ret_mentions, struct error **reterr);

#endif
