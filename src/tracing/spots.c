// SPDX-License-Identifier: Apache-2.0
#include "tracing/spots.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int spots_add(struct spots *s, const struct spot *spot)
{
	if (s->n == s->cap) {
		size_t cap = s->cap * 2 + 16;
		struct spot *v = reallocarray(s->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = *spot;
	return 0;
}

/* Those that share a place are together, and what is the same is, too. */
static int compare_spots(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	if (x->shared != y->shared)
		return x->shared ? -1 : 1;
	if (x->backend->compat != y->backend->compat)
		return x->backend->compat ? 1 : -1;
	if (x->backend != y->backend)
		return x->backend < y->backend ? -1 : 1;
	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return strcmp(x->told, y->told);
}

static int add_separate(const struct compiler *c, const struct spot *spot)
{
	const struct policy_point point = {
		.place = spot->place,
		.backend = spot->backend,
		.syscall = spot->syscall,
		.plan.entry = spot->entry,
	};
	struct hook facts = {.type = EVENT_KPROBE, .function = spot->told};

	return compiler_add(c, spot->hook, spot->mark, &point, &facts);
}

/* The first @n share a place. */
static int add_shared(const struct compiler *c, const struct policy_hook *hook,
		      const struct spot *v, size_t n)
{
	const char **names = arena_alloc(&c->points->arena, n * sizeof(*names));
	_cleanup_free_ struct hook *facts = calloc(n, sizeof(*facts));
	const struct policy_point point = {
		.place = {.kind = HOOK_POINT_KPROBE_MULTI, .name = "list", .functions = names},
		.backend = v->backend,
		.plan.entry = v->entry,
	};

	if (!names || !facts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		names[i] = v[i].place.name;
		facts[i] = (struct hook){.type = EVENT_KPROBE, .function = names[i]};
	}
	return compiler_add_many(c, hook, hook->call.mark, &point, facts, n);
}

static bool share_place(const struct spot *x, const struct spot *y)
{
	return y->shared && x->backend == y->backend && x->entry == y->entry;
}

static size_t sort(struct spots *s)
{
	size_t n = 0;

	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), compare_spots);
	for (size_t i = 0; i < s->n; i++)
		if (!n || compare_spots(&s->v[n - 1], &s->v[i]) != 0)
			s->v[n++] = s->v[i];
	return n;
}

int spots_compile(struct spots *s, const struct compiler *c, const struct policy_hook *hook)
{
	const struct spot *v = s->v;
	size_t n = sort(s), i = 0;
	int r = 0;

	while (i < n && r >= 0) {
		size_t end = i + 1;

		while (v[i].shared && end < n && share_place(&v[i], &v[end]))
			end++;
		r = v[i].shared ? add_shared(c, hook, v + i, end - i) : add_separate(c, &v[i]);
		i = end;
	}
	return r;
}
