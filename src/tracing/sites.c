// SPDX-License-Identifier: Apache-2.0
#include "tracing/sites.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int sites_add(struct sites *sites, const struct site *site)
{
	if (sites->n == sites->cap) {
		size_t cap = 2 * sites->cap + 8;
		struct site *v = reallocarray(sites->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		sites->v = v;
		sites->cap = cap;
	}
	sites->v[sites->n++] = *site;
	return 0;
}

void sites_done(struct sites *sites)
{
	free(sites->v);
}

static int by_offset(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void settle(struct sites *sites)
{
	size_t n = 0;

	if (sites->n)
		qsort(sites->v, sites->n, sizeof(*sites->v), by_offset);
	for (size_t i = 0; i < sites->n; i++)
		if (!n || by_offset(&sites->v[n - 1], &sites->v[i]) != 0)
			sites->v[n++] = sites->v[i];
	sites->n = n;
}

/* What is in a register at a place is the same whatever a hook calls it; where a static probe has
 * its arguments, only those know who hook that. */
static const char *place_name(const struct compiler *c, const struct program *program,
			      const struct site *site)
{
	unsigned long long offset = site->offset;

	return site->facts.type == EVENT_USDT && site->told
		       ? compiler_format(c, "%s:%s+0x%llx", program->path, site->told, offset)
		       : compiler_format(c, "%s+0x%llx", program->path, offset);
}

static struct hook facts_of(const struct program *program, const struct site *site)
{
	struct hook facts = site->facts;

	facts.path = program->path;
	return facts;
}

static int add_one(const struct compiler *c, const struct policy_hook *hook,
		   const struct program *program, const struct backend *backend,
		   const struct site *site)
{
	struct hook facts = facts_of(program, site);
	const struct policy_point point = {
		.place =
			{
				.kind = HOOK_POINT_UPROBE,
				.name = place_name(c, program, site),
				.file = program->file,
				.offset = site->offset,
				.ref_ctr_offset = site->ref_ctr_offset,
			},
		.backend = backend,
	};

	return point.place.name ? compiler_add(c, hook, site->mark, &point, &facts) : -ENOMEM;
}

static int add_together(const struct compiler *c, const struct policy_hook *hook,
			const struct program *program, const struct backend *backend,
			const struct sites *sites)
{
	struct arena *arena = &c->points->arena;
	_cleanup_free_ struct hook *facts = calloc(sites->n, sizeof(*facts));
	uint64_t *offsets = arena_alloc(arena, sites->n * sizeof(*offsets));
	uint64_t *counts = arena_alloc(arena, sites->n * sizeof(*counts));
	const char **names = arena_alloc(arena, sites->n * sizeof(*names));
	const struct policy_point point = {
		.place =
			{
				.kind = HOOK_POINT_UPROBE_MULTI,
				.name = program->path,
				.file = program->file,
				.functions = names,
				.offsets = offsets,
				.ref_ctr_offsets = counts,
			},
		.backend = backend,
	};

	if (!facts || !offsets || !counts || !names)
		return -ENOMEM;
	for (size_t i = 0; i < sites->n; i++) {
		const struct site *site = &sites->v[i];

		facts[i] = facts_of(program, site);
		offsets[i] = site->offset;
		counts[i] = site->ref_ctr_offset;
		names[i] = site->told ? site->told : place_name(c, program, site);
	}
	return compiler_add_many(c, hook, sites->v[0].mark, &point, facts, sites->n);
}

int sites_compile(struct sites *sites, const struct compiler *c, const struct policy_hook *hook,
		  const struct program *program, const struct backend *backend)
{
	int r = 0;

	settle(sites);
	if (sites->n > 1 && !c->policy->settings.disable_uprobe_multi &&
	    policy_kernel_has_uprobe_multi(&c->ground->kernel))
		return add_together(c, hook, program, backend, sites);
	for (size_t i = 0; i < sites->n && r >= 0; i++)
		r = add_one(c, hook, program, backend, &sites->v[i]);
	return r;
}
