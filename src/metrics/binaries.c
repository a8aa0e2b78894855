// SPDX-License-Identifier: Apache-2.0
#include "metrics/binaries.h"
#include "base/siphash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct binary {
	char *name;
	uint64_t events[_EVENT_MAX];
};

struct binaries {
	uint64_t key[2];
	size_t max, n;
	struct binary *v;
	/* Open addressing, of a power of two that is at least twice ->max; 0: free. Nothing is ever
	 * taken out. */
	uint32_t *index;
	size_t mask;
};

int binaries_new(size_t max, struct binaries **ret)
{
	struct binaries *b = calloc(1, sizeof(*b));
	size_t size = 16;

	if (!b)
		return -ENOMEM;
	while (size < 2 * max)
		size *= 2;
	b->max = max;
	b->n = 1;
	b->mask = size - 1;
	b->v = calloc(max + 1, sizeof(*b->v));
	b->index = calloc(size, sizeof(*b->index));
	if (b->v)
		b->v[0].name = strdup(BINARIES_OTHER);
	if (!b->v || !b->v[0].name || !b->index || getrandom(b->key, sizeof(b->key), 0) < 0) {
		binaries_free(&b);
		return -ENOMEM;
	}
	*ret = b;
	return 0;
}

void binaries_free(struct binaries **binaries)
{
	struct binaries *b = *binaries;

	if (!b)
		return;
	for (size_t i = 0; b->v && i < b->n; i++)
		free(b->v[i].name);
	free(b->v);
	free(b->index);
	free(b);
	*binaries = NULL;
}

/* Out of memory, or of room: the one for others. */
static uint32_t add(struct binaries *b, const char *name, uint32_t *slot)
{
	char *copy = b->n <= b->max ? strdup(name) : NULL;

	if (!copy)
		return 0;
	b->v[b->n].name = copy;
	*slot = (uint32_t)b->n++;
	return *slot;
}

static uint32_t find(struct binaries *b, const struct image *image)
{
	const char *name = image->exec.flags & EXEC_KTHREAD ? BINARIES_KERNEL : image->binary;
	size_t at = siphash(b->key, name, strlen(name)) & b->mask;

	if (!strcmp(name, BINARIES_OTHER))
		return 0;
	while (b->index[at] && strcmp(b->v[b->index[at]].name, name) != 0)
		at = (at + 1) & b->mask;
	return b->index[at] ? b->index[at] : add(b, name, &b->index[at]);
}

void binaries_count(struct binaries *b, enum event_type type, struct image *image)
{
	if (!image) {
		b->v[0].events[type]++;
		return;
	}
	if (!image->counted_as)
		image->counted_as = find(b, image) + 1;
	b->v[image->counted_as - 1].events[type]++;
}

size_t binaries_n(const struct binaries *b)
{
	return b->n;
}

const char *binaries_name(const struct binaries *b, size_t i)
{
	return b->v[i].name;
}

uint64_t binaries_events(const struct binaries *b, size_t i, enum event_type type)
{
	return b->v[i].events[type];
}
