// SPDX-License-Identifier: Apache-2.0
#include "core/pending.h"
#include "core/key.h"

#include <errno.h>

/* A part is 32 KiB or more; what is unused goes back to the allocator at once. */
void pendings_release(struct pending *p)
{
	for (int i = 0; i < _EXEC_FIELD_MAX; i++)
		str_free(&p->field[i]);
	p->used = 0;
}

void pendings_done(struct pendings *pendings)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		pendings_release(&pendings->v[i]);
}

struct pending *pendings_find(struct pendings *pendings, const struct process_key *key)
{
	/* Nearly always: nobody has ever had that many arguments. */
	if (pendings->clock == 0)
		return NULL;
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (pendings->v[i].used && key_equal(&pendings->v[i].key, key))
			return &pendings->v[i];
	return NULL;
}

static struct pending *take_place(struct pendings *pendings, const struct process_key *key)
{
	struct pending *oldest = &pendings->v[0];

	for (size_t i = 1; i < PENDING_MAX; i++)
		if (pendings->v[i].used < oldest->used)
			oldest = &pendings->v[i];
	pendings_release(oldest);
	oldest->key = *key;
	return oldest;
}

int pendings_add(struct pendings *pendings, const struct record_data *data)
{
	struct pending *p = pendings_find(pendings, &data->process);
	struct str *field;

	if (!p)
		p = take_place(pendings, &data->process);
	p->used = ++pendings->clock;
	field = &p->field[data->field];
	/* One was lost: what comes behind the gap is of no use. */
	if (data->offset != EXEC_INLINE_MAX + field->len)
		return 0;
	str_append(field, data->data, data->len);
	return field->failed ? -ENOMEM : 0;
}
