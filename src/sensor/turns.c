// SPDX-License-Identifier: Apache-2.0
#include "sensor/turns.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A page is what such a map takes at least. */
#define PAGE_BYTES 4096

struct turns {
	int map;
	uint32_t now;
	uint32_t *shared; /* the same; who is root can write to it, too */
};

int turns_new(struct turns **ret)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	struct turns *turns = calloc(1, sizeof(*turns));
	int r;

	if (!turns)
		return -ENOMEM;
	turns->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "hook_turns", sizeof(uint32_t), PAGE_BYTES,
				    1, &opts);
	if (turns->map < 0) {
		r = turns->map;
		free(turns);
		return r;
	}
	turns->shared = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, turns->map, 0);
	if (turns->shared == MAP_FAILED) {
		r = -errno;
		close(turns->map);
		free(turns);
		return r;
	}
	*turns->shared = turns->now = 1;
	*ret = turns;
	return 0;
}

void turns_free(struct turns **turns)
{
	if (!*turns)
		return;
	munmap((*turns)->shared, PAGE_BYTES);
	close((*turns)->map);
	free(*turns);
	*turns = NULL;
}

uint32_t turns_now(const struct turns *turns)
{
	return turns->now;
}

void turns_next(struct turns *turns)
{
	__atomic_store_n(turns->shared, ++turns->now, __ATOMIC_RELEASE);
}

bool turns_mend(struct turns *turns)
{
	if (__atomic_load_n(turns->shared, __ATOMIC_RELAXED) == turns->now)
		return false;
	__atomic_store_n(turns->shared, turns->now, __ATOMIC_RELEASE);
	return true;
}

int turns_map(const struct turns *turns)
{
	return turns->map;
}
