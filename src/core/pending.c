// SPDX-License-Identifier: Apache-2.0
#include "core/pending.h"
#include "core/key.h"

#include <errno.h>

/* A part is 32 KiB or more; what is unused goes back to the allocator at once. */
void pendings_release(struct pendings *pendings, struct pending *p)
{
	for (int i = 0; i < _EXEC_FIELD_MAX; i++)
		str_free(&p->field[i]);
	pendings->n -= p->used > 0;
	p->used = 0;
	p->parts = 0;
}

void pendings_done(struct pendings *pendings)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		pendings_release(pendings, &pendings->v[i]);
}

struct pending *pendings_find(struct pendings *pendings, const struct process_key *key,
			      uint64_t time)
{
	/* Nearly always: hardly anybody has that many arguments. */
	if (pendings->n == 0)
		return NULL;
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &pendings->v[i];

		if (p->used && p->time == time && key_equal(&p->key, key))
			return p;
	}
	return NULL;
}

struct pending *pendings_find_process(struct pendings *pendings, const struct process_key *key)
{
	if (pendings->n == 0)
		return NULL;
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (pendings->v[i].used && key_same_process(&pendings->v[i].key, key))
			return &pendings->v[i];
	return NULL;
}

struct pending *pendings_place(struct pendings *pendings)
{
	struct pending *oldest = &pendings->v[0];

	for (size_t i = 1; i < PENDING_MAX; i++)
		if (pendings->v[i].used < oldest->used)
			oldest = &pendings->v[i];
	return oldest;
}

int pendings_add(struct pendings *pendings, struct pending *p, const struct record_data *data)
{
	struct str *field = &p->field[data->field];

	/* One was lost: what comes behind the gap is of no use. */
	if (data->offset != EXEC_INLINE_MAX + field->len)
		return 0;
	if (data->len && !str_reserve(field, data->len)) {
		if (!p->used)
			str_free(field);
		return -ENOMEM;
	}
	str_append(field, data->data, data->len);
	pendings->n += p->used == 0;
	p->used = ++pendings->clock;
	p->key = data->process;
	p->time = data->record.time;
	p->parts++;
	return 1;
}
