// SPDX-License-Identifier: Apache-2.0
#include "cli/name_index.h"
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64

/* Of a name, or of where it would be. There are always free slots. */
static uint32_t *slot_of(const struct name_index *index, const char *name)
{
	size_t mask = index->n_slots - 1, i = hash_bytes(name, strlen(name)) & mask;

	while (index->slots[i] && strcmp(index->names[index->slots[i] - 1], name) != 0)
		i = (i + 1) & mask;
	return &index->slots[i];
}

static int grow(struct name_index *index)
{
	size_t n_slots = index->n_slots ? 2 * index->n_slots : SLOTS_FIRST;
	char **names = reallocarray(index->names, n_slots / 2, sizeof(*names));
	uint32_t *slots;

	if (!names)
		return -ENOMEM;
	index->names = names;
	slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(index->slots);
	index->slots = slots;
	index->n_slots = n_slots;
	for (size_t i = 0; i < index->n; i++)
		*slot_of(index, index->names[i]) = (uint32_t)i + 1;
	return 0;
}

int name_index_find(const struct name_index *index, const char *name, size_t *ret)
{
	uint32_t number = index->n_slots ? *slot_of(index, name) : 0;

	if (!number)
		return -ENOENT;
	*ret = number - 1;
	return 0;
}

int name_index_add(struct name_index *index, const char *name, size_t *ret, bool *ret_new)
{
	char *copy;

	*ret_new = false;
	if (name_index_find(index, name, ret) == 0)
		return 0;
	if (index->n >= index->max)
		return -ENOSPC;
	if (2 * (index->n + 1) > index->n_slots && grow(index) < 0)
		return -ENOMEM;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	*slot_of(index, name) = (uint32_t)index->n + 1;
	index->names[index->n] = copy;
	*ret = index->n++;
	*ret_new = true;
	return 0;
}

void name_index_clear(struct name_index *index)
{
	for (size_t i = 0; i < index->n; i++)
		free(index->names[i]);
	index->n = 0;
	if (index->slots)
		memset(index->slots, 0, index->n_slots * sizeof(*index->slots));
}

void name_index_done(struct name_index *index)
{
	name_index_clear(index);
	free(index->names);
	free(index->slots);
	*index = (struct name_index){.max = index->max};
}
