// SPDX-License-Identifier: Apache-2.0
#include "tracing/missed.h"
#include "base/str.h"

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

void missed_tell(const struct missed *missed, ledger_line_fn line, void *userdata)
{
	for (size_t i = 0; i < missed->n; i++) {
		const struct missed_place *p = &missed->v[i];
		_cleanup_str_ struct str name = STR_INIT;
		const struct ledger_count count = {"missed", p->n};

		str_appendf(&name, "%s:%s", hook_point_kind_name(p->kind), p->name);
		line(userdata, &(struct ledger_line){
				       .of = "place",
				       .name = str_cstr(&name) ? name.data : p->name,
				       .counts = &count,
				       .n = 1,
			       });
	}
}

void missed_done(struct missed *missed)
{
	for (size_t i = 0; i < missed->n; i++)
		free(missed->v[i].name);
	free(missed->v);
	*missed = MISSED_INIT;
}
