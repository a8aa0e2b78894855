// SPDX-License-Identifier: Apache-2.0
#include "sensor/counters.h"
#include "base/macro.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Counters in one map, unless one range is longer; of very many CPUs less, for some kernels limit
 * the size of a value (kernel/bpf/arraymap.c: KMALLOC_MAX_SIZE). 24 KiB for each CPU. */
#define CHUNK 256
#define VALUE_MAX (4U << 20)
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
	c->rows = (uint32_t)cpus * HOOK_DEPTH;
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
	uint32_t fits = VALUE_MAX / c->rows / (uint32_t)sizeof(struct hook_counts);
	struct chunk *v = reallocarray(c->v, c->n + 1, sizeof(*v));
	struct chunk chunk = {.size = MAX(n, MIN(CHUNK, fits))};
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

/* Programs add to them all the time. */
#define NOW(v) __atomic_load_n(&(v), __ATOMIC_RELAXED)

struct hook_counts counters_read(const struct counter_range *range, uint32_t i)
{
	struct hook_counts sum = {0};

	for (size_t row = 0; row < range->rows; row++) {
		const struct hook_counts *v =
			(const void *)(range->values + row * range->stride + range->first);
		const struct hook_counts now = {
			.post = NOW(v[i].post),
			.nopost = NOW(v[i].nopost),
			.limited = NOW(v[i].limited),
		};

		counts_add(&sum, &now);
	}
	return sum;
}

void counts_add(struct hook_counts *to, const struct hook_counts *more)
{
	to->post += more->post;
	to->nopost += more->nopost;
	to->limited += more->limited;
}
