/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_DECODE_H
#define OCELLI_POLICY_DECODE_H

#include "policy/builder.h"
#include "policy/node.h"
#include "policy/schema.h"

/* Fills @ret, the struct of @object, by what @node says. All that does not suit the object's table
 * is diagnosed, and left at its default. */
void decode_object(struct builder *builder, const struct object *object, const struct node *node,
		   void *ret);

#endif
