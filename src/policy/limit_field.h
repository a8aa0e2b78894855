/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_LIMIT_FIELD_H
#define OCELLI_POLICY_LIMIT_FIELD_H

#include "policy/builder.h"
#include "policy/model.h"

/* What of an event makes it the same as another, for a rate limit: items of rateLimitFields. */

/* Reads one, of an action of the hook. What is wrong with it is diagnosed; then it is not to be
 * used. */
void limit_field_read(struct builder *builder, const struct policy_hook *hook, bool on_return,
		      const struct policy_text *text, struct policy_limit_field *ret);

/* Whether the value is told, and has that part; that it is not or has none is diagnosed. Of what
 * has no type yet nobody knows: to be asked again when it has. */
bool limit_field_fits(struct diagnostics *diags, const struct policy_hook *hook,
		      const struct policy_limit_field *field);

#endif
