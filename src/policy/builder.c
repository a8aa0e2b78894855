// SPDX-License-Identifier: Apache-2.0
#include "policy/builder.h"

bool builder_spend(struct builder *builder, struct mark mark, size_t n)
{
	if (n < builder->left) {
		builder->left -= n;
		return true;
	}
	builder->left = 0;
	if (!builder->exhausted)
		finding_why(diagnose_error(builder->diags, mark,
					   "the policy takes more than %zu bytes or steps to make, "
					   "which is the limit",
					   BUILDER_COST_MAX),
			    "what aliases and macros stand for counts wherever they are used");
	builder->exhausted = true;
	return false;
}

void *builder_alloc(struct builder *builder, struct mark mark, size_t n, size_t size)
{
	size_t bytes;

	/* Nothing is free: what takes no room takes time. */
	if (__builtin_mul_overflow(n, size, &bytes) || __builtin_add_overflow(bytes, 1, &bytes))
		bytes = SIZE_MAX;
	if (!builder_spend(builder, mark, bytes))
		return NULL;
	return alloc_array(builder->arena, n, size);
}
