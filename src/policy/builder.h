/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_BUILDER_H
#define OCELLI_POLICY_BUILDER_H

#include "policy/alloc.h"
#include "policy/diagnostics.h"

/* What one policy may take, in bytes of memory and steps of work. A file of a few kilobytes can ask
 * for more than there is, by aliases of aliases, and by macros of many filters in many selectors.
 */
#define BUILDER_COST_MAX ((size_t)64 * 1024 * 1024)

/* What making a policy takes: where it goes, and who is told what is wrong with it. */
struct builder {
	struct arena *arena;
	struct diagnostics *diags;
	size_t left;
	bool exhausted; /* nothing that is found after this means anything */
};

/* Pays for a look at @n things. Returns whether there is enough left; that there is not is
 * diagnosed. */
bool builder_spend(struct builder *builder, struct mark mark, size_t n);

/* Returns room for @n things of @size bytes, all zero; NULL when there is no more, which is
 * diagnosed (or remembered by the arena). */
void *builder_alloc(struct builder *builder, struct mark mark, size_t n, size_t size);

#endif
