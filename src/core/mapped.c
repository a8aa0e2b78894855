// SPDX-License-Identifier: Apache-2.0
#include "core/mapped.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/siphash.h"
#include "core/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct mapped_bucket {
	uint64_t hash[MAPPED_WAYS]; /* 0: nothing */
	uint32_t time[MAPPED_WAYS]; /* by the clock */
};

void mapped_init(struct mapped *mapped)
{
	*mapped = (struct mapped){0};
	list_init(&mapped->waiting);
}

void mapped_done(struct mapped *mapped)
{
	list_for_each (item, &mapped->waiting)
		free(container_of(item, struct mapped_file, age));
	free(mapped->buckets);
}

static int start(struct mapped *mapped)
{
	if (mapped->buckets)
		return 0;
	if (getrandom(mapped->key, sizeof(mapped->key), 0) < 0)
		return -errno;
	mapped->buckets = calloc(MAPPED_BUCKETS, sizeof(*mapped->buckets));
	return mapped->buckets ? 0 : -ENOMEM;
}

/* What makes it the same: of whom, and which file under which name. */
static uint64_t hash_of(const struct mapped *mapped, const struct process_key *process,
			const struct record_load *record)
{
	struct {
		struct process_key process;
		uint64_t device, inode, path;
		uint8_t build_id[24];
	} facts = {
		.process = *process,
		.device = record->device,
		.inode = record->inode,
		.path = siphash(mapped->key, record + 1, record->path_size),
	};
	uint64_t hash;

	memcpy(facts.build_id, record->build_id, record->build_id_size);
	hash = siphash(mapped->key, &facts, sizeof(facts));
	return hash ? hash : 1;
}

int mapped_add(struct mapped *mapped, const struct process_key *process,
	       const struct record_load *record)
{
	struct mapped_bucket *bucket;
	uint64_t hash;
	size_t oldest = 0;
	int r = start(mapped);

	if (r < 0)
		return r;
	hash = hash_of(mapped, process, record);
	bucket = &mapped->buckets[hash % MAPPED_BUCKETS];
	for (size_t i = 0; i < MAPPED_WAYS; i++) {
		if (bucket->hash[i] == hash)
			return 0;
		if (mapped->clock - bucket->time[i] > mapped->clock - bucket->time[oldest])
			oldest = i;
	}
	bucket->hash[oldest] = hash;
	bucket->time[oldest] = ++mapped->clock;
	return 1;
}

int mapped_wait(struct mapped *mapped, const struct process_key *process,
		const struct record_load *record)
{
	struct mapped_file *file = malloc(sizeof(*file) + record->path_size);

	if (!file)
		return -ENOMEM;
	file->process = *process;
	memcpy(&file->record, record, sizeof(*record) + record->path_size);
	list_add_tail(&mapped->waiting, &file->age);
	mapped->n_waiting++;
	return 0;
}

static struct mapped_file *take(struct mapped *mapped, struct mapped_file *file)
{
	list_del(&file->age);
	mapped->n_waiting--;
	return file;
}

struct mapped_file *mapped_take(struct mapped *mapped, const struct process_key *process)
{
	list_for_each (item, &mapped->waiting) {
		struct mapped_file *file = container_of(item, struct mapped_file, age);

		if (key_same_process(&file->process, process))
			return take(mapped, file);
	}
	return NULL;
}

struct mapped_file *mapped_take_late(struct mapped *mapped, uint64_t time)
{
	struct mapped_file *oldest = container_of(mapped->waiting.next, struct mapped_file, age);

	if (list_empty(&mapped->waiting) ||
	    (oldest->record.record.time >= time && mapped->n_waiting <= MAPPED_WAITING_MAX))
		return NULL;
	return take(mapped, oldest);
}
