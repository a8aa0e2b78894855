// SPDX-License-Identifier: Apache-2.0
#include "sensor/counters.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Counters in one map, unless one range is longer: 12 KiB a row. */
#define CHUNK 256
/* No two rows share a line of the cache. */
#define ALIGNMENT 64

struct chunk {
	int map;
	char *values;
	uint32_t size; /* in each row, and likewise … */
	uint32_t used; /* … from the first on; what was given back is not taken again … */
	uint32_t held; /* … but with all of the map */
	uint32_t stride;
};

struct counters {
	struct chunk *v;
	size_t n;
	uint32_t rows;
};

int counters_new(struct counters **ret)
{
	int cpus = libbpf_num_possible_cpus();
	struct counters *c;

	if (cpus < 0)
		return cpus;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->rows = 1;
	while (c->rows < (uint32_t)cpus && c->rows < HOOK_COUNT_ROWS_MAX)
		c->rows *= 2;
	*ret = c;
	return 0;
}

static void drop_chunk(struct counters *c, struct chunk *chunk)
{
	munmap(chunk->values, (size_t)chunk->stride * c->rows);
	close(chunk->map);
}

void counters_free(struct counters **counters)
{
	if (!*counters)
		return;
	for (size_t i = 0; i < (*counters)->n; i++)
		drop_chunk(*counters, &(*counters)->v[i]);
	free((*counters)->v);
	free(*counters);
	*counters = NULL;
}

static int map_values(struct chunk *chunk, uint32_t rows)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	size_t size = (size_t)chunk->stride * rows;

	chunk->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "hook_counts", sizeof(uint32_t),
				    (uint32_t)size, 1, &opts);
	if (chunk->map < 0)
		return chunk->map;
	chunk->values = mmap(NULL, size, PROT_READ, MAP_SHARED, chunk->map, 0);
	if (chunk->values != MAP_FAILED)
		return 0;
	close(chunk->map);
	return -errno;
}

static int add_chunk(struct counters *c, uint32_t n)
{
	struct chunk *v = reallocarray(c->v, c->n + 1, sizeof(*v));
	struct chunk chunk = {.size = MAX(n, CHUNK)};
	int r;

	if (!v)
		return -ENOMEM;
	c->v = v;
	chunk.stride = (chunk.size * (uint32_t)sizeof(struct hook_counts) + ALIGNMENT - 1) &
		       ~(ALIGNMENT - 1U);
	r = map_values(&chunk, c->rows);
	if (r >= 0)
		v[c->n++] = chunk;
	return r;
}

int counters_take(struct counters *c, uint32_t n, struct counter_range *ret)
{
	struct chunk *last = c->n ? &c->v[c->n - 1] : NULL;

	if (!last || last->size - last->used < n) {
		int r = add_chunk(c, n);

		if (r < 0)
			return r;
		last = &c->v[c->n - 1];
	}
	*ret = (struct counter_range){
		.map = last->map,
		.rows = c->rows,
		.stride = last->stride,
		.first = last->used * (uint32_t)sizeof(struct hook_counts),
		.n = n,
		.values = last->values,
	};
	last->used += n;
	last->held += n;
	return 0;
}

void counters_drop(struct counters *c, const struct counter_range *range)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i].values != range->values)
			continue;
		c->v[i].held -= range->n;
		if (c->v[i].held)
			return;
		drop_chunk(c, &c->v[i]);
		c->v[i] = c->v[--c->n];
		return;
	}
}

int owners_new(void)
{
	return bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "hook_owners", sizeof(uint64_t),
			      sizeof(struct hook_owner), HOOK_SOCKETS, NULL);
}

uint64_t counters_memory(const struct counter_range *range)
{
	return (uint64_t)range->rows * range->n * sizeof(struct hook_counts);
}

uint64_t owners_memory(int owners)
{
	_cleanup_fclose_ FILE *f = NULL;
	unsigned long long bytes = 0;
	char path[48], line[128];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", owners);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			return bytes;
	return 0;
}

#define COUNTS (sizeof(struct hook_counts) / sizeof(uint64_t))

struct hook_counts counters_read(const struct counter_range *range, uint32_t i)
{
	struct hook_counts sum = {0};

	for (size_t row = 0; row < range->rows; row++) {
		const struct hook_counts *v =
			(const void *)(range->values + row * range->stride + range->first);

		counts_add(&sum, &v[i]);
	}
	return sum;
}

void counts_add(struct hook_counts *to, const struct hook_counts *more)
{
	const uint64_t *from = (const uint64_t *)more;

	/* Programs add to them all the time. */
	for (size_t i = 0; i < COUNTS; i++)
		((uint64_t *)to)[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}
