// SPDX-License-Identifier: Apache-2.0
#include "core/cgroup.h"
#include "base/macro.h"
#include "core/container.h"
#include "core/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024

struct cgroups {
	struct list buckets[BUCKETS];
	struct list age;
	size_t n, max;
};

int cgroups_new(size_t max, struct cgroups **ret)
{
	struct cgroups *c = malloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	for (size_t i = 0; i < BUCKETS; i++)
		list_init(&c->buckets[i]);
	list_init(&c->age);
	c->n = 0;
	c->max = max;
	*ret = c;
	return 0;
}

static void forget(struct cgroups *c, struct cgroup *cg)
{
	list_del(&cg->hash);
	list_del(&cg->age);
	c->n--;
	free(cg);
}

void cgroups_free(struct cgroups **cgroups)
{
	struct cgroups *c = *cgroups;

	if (!c)
		return;
	list_for_each (item, &c->age)
		forget(c, container_of(item, struct cgroup, age));
	free(c);
	*cgroups = NULL;
}

struct cgroup *cgroups_find(struct cgroups *c, uint64_t id)
{
	list_for_each (item, &c->buckets[id % BUCKETS]) {
		struct cgroup *cg = container_of(item, struct cgroup, hash);

		if (cg->id != id)
			continue;
		list_del(&cg->age);
		list_add_tail(&c->age, &cg->age);
		return cg;
	}
	return NULL;
}

/* The one that has not been used for longest. Those that are throttled stay while there are others:
 * nothing comes of them by which they could be used, and who is forgotten is never let go. */
static struct cgroup *oldest(struct cgroups *c)
{
	list_for_each (item, &c->age) {
		struct cgroup *cg = container_of(item, struct cgroup, age);

		if (!cg->throttled)
			return cg;
	}
	return container_of(c->age.next, struct cgroup, age);
}

/* The value of "\xNN" at the beginning; -1: it does not begin so. */
static int escaped_byte(const char *s, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;

	if (len < 4 || s[0] != '\\' || s[1] != 'x' || !s[2] || !s[3])
		return -1;
	high = strchr(digits, s[2]);
	low = strchr(digits, s[3]);
	return high && low ? (int)(high - digits) << 4 | (int)(low - digits) : -1;
}

/* The id is never longer than what it is written as. */
static void copy_id(char *to, const struct container *c)
{
	for (size_t i = 0; i < c->id_len;) {
		int byte = c->escaped ? escaped_byte(c->id + i, c->id_len - i) : -1;

		*to++ = byte > 0 ? (char)byte : c->id[i];
		i += byte > 0 ? 4 : 1;
	}
	*to = '\0';
}

int cgroups_add(struct cgroups *c, uint64_t id, const char *names, size_t len)
{
	struct cgroup *old = cgroups_find(c, id);
	struct container container;
	struct cgroup *cg;
	size_t n;

	/* The container's id is a part of the path and needs its own copy only for the NUL. */
	cg = malloc(sizeof(*cg) + 2 * (len + 2));
	if (!cg)
		return -ENOMEM;
	n = path_from_names(cg->storage, names, len);
	cg->id = id;
	cg->path = cg->storage;
	cg->container_id = "";
	cg->runtime = "";
	cg->throttled = old && old->throttled;
	cg->was_throttled = old && old->was_throttled;
	cg->quiet = 0;
	if (container_from_cgroup(cg->path, &container)) {
		char *to = cg->storage + n + 1;

		copy_id(to, &container);
		cg->container_id = to;
		cg->runtime = container.runtime;
	}
	if (old)
		forget(c, old);
	else if (c->n >= c->max)
		forget(c, oldest(c));
	list_add(&c->buckets[id % BUCKETS], &cg->hash);
	list_add_tail(&c->age, &cg->age);
	c->n++;
	return 0;
}

void cgroups_each(struct cgroups *c, void (*fn)(void *userdata, struct cgroup *cgroup),
		  void *userdata)
{
	list_for_each (item, &c->age)
		fn(userdata, container_of(item, struct cgroup, age));
}
