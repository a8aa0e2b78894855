// SPDX-License-Identifier: Apache-2.0
#include "tracing/missed.h"

#include <stdlib.h>
#include <string.h>

static struct missed_place *find(struct missed *missed, const struct hook_place *place)
{
	struct missed_place *v;

	for (size_t i = 0; i < missed->n; i++)
		if (missed->v[i].kind == place->kind && !strcmp(missed->v[i].name, place->name))
			return &missed->v[i];
	v = reallocarray(missed->v, missed->n + 1, sizeof(*v));
	if (!v)
		return NULL;
	missed->v = v;
	v += missed->n;
	*v = (struct missed_place){.kind = place->kind, .name = strdup(place->name)};
	if (!v->name)
		return NULL;
	missed->n++;
	return v;
}

void missed_add(struct missed *missed, const struct hook_place *place, uint64_t n)
{
	struct missed_place *to = n ? find(missed, place) : NULL;

	missed->total += n;
	if (to)
		to->n += n;
}

void missed_add_all(struct missed *missed, const struct missed *more)
{
	uint64_t unplaced = more->total;

	for (size_t i = 0; i < more->n; i++) {
		const struct missed_place *p = &more->v[i];

		missed_add(missed, &(struct hook_place){.kind = p->kind, .name = p->name}, p->n);
		unplaced -= p->n;
	}
	missed->total += unplaced;
}

void missed_print(const struct missed *missed, struct str *out)
{
	for (size_t i = 0; i < missed->n; i++)
		str_appendf(out, "place=%s:%s missed=%llu\n",
			    hook_point_kind_name(missed->v[i].kind), missed->v[i].name,
			    (unsigned long long)missed->v[i].n);
}

void missed_done(struct missed *missed)
{
	for (size_t i = 0; i < missed->n; i++)
		free(missed->v[i].name);
	free(missed->v);
	*missed = MISSED_INIT;
}
