// SPDX-License-Identifier: Apache-2.0
#include "audit.h"

#include <stdlib.h>
#include <string.h>

struct entries {
	struct process **v;
	size_t n;
};

static void collect(void *userdata, struct process *p)
{
	struct entries *e = userdata;

	e->v[e->n++] = p;
}

static int compare_keys(const struct process_key *a, const struct process_key *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->execs < b->execs ? -1 : a->execs > b->execs;
}

static int by_key(const void *a, const void *b)
{
	return compare_keys(&(*(struct process *const *)a)->key,
			    &(*(struct process *const *)b)->key);
}

static int by_parent(const void *a, const void *b)
{
	return compare_keys(&(*(struct process *const *)a)->parent,
			    &(*(struct process *const *)b)->parent);
}

static int by_image(const void *a, const void *b)
{
	const struct image *x = (*(struct process *const *)a)->image;
	const struct image *y = (*(struct process *const *)b)->image;

	return x < y ? -1 : x > y;
}

static const char *audit_sizes(struct entries *e, const struct table_stats *stats)
{
	size_t bytes = 0, refs = 0;

	qsort(e->v, e->n, sizeof(*e->v), by_image);
	for (size_t i = 0; i < e->n; i++) {
		struct process *p = e->v[i], *next = i + 1 < e->n ? e->v[i + 1] : NULL;

		bytes += sizeof(*p) + p->json_len;
		if (!p->image)
			continue;
		refs++;
		if (next && next->image == p->image)
			continue;
		bytes += p->image->size;
		if (p->image->refs != refs)
			return "an image has other references than the table's";
		refs = 0;
	}
	if (e->n != stats->entries)
		return "the number of entries is wrong";
	return bytes == stats->bytes ? NULL : "the bytes are wrong";
}

/* Both sorted: each entry against those that name it as their parent. */
static const char *audit_children(const struct entries *keys, const struct entries *parents)
{
	size_t at = 0;

	for (size_t i = 0; i < keys->n; i++) {
		const struct process *p = keys->v[i];
		uint32_t children = 0;

		if (i > 0 && compare_keys(&keys->v[i - 1]->key, &p->key) == 0)
			return "an entry is there twice";
		while (at < parents->n && compare_keys(&parents->v[at]->parent, &p->key) < 0)
			at++;
		for (; at < parents->n && !compare_keys(&parents->v[at]->parent, &p->key); at++)
			children += !!(parents->v[at]->flags & PROCESS_LINKED);
		if (children != p->children)
			return "the number of children is wrong";
		if ((p->flags & (PROCESS_DEAD | PROCESS_LINGERS)) == PROCESS_DEAD && children == 0)
			return "a dead process is kept for nobody";
	}
	return NULL;
}

const char *table_audit(struct table *table)
{
	const struct table_stats *stats = table_get_stats(table);
	struct entries e = {0}, parents = {0};
	const char *wrong;

	e.v = calloc(2 * stats->entries + 1, sizeof(*e.v));
	if (!e.v)
		abort();
	table_each(table, collect, &e);
	wrong = audit_sizes(&e, stats);
	if (!wrong) {
		parents = (struct entries){e.v + e.n, e.n};
		memcpy(parents.v, e.v, e.n * sizeof(*e.v));
		qsort(e.v, e.n, sizeof(*e.v), by_key);
		qsort(parents.v, parents.n, sizeof(*e.v), by_parent);
		wrong = audit_children(&e, &parents);
	}
	free(e.v);
	return wrong;
}
