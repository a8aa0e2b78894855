/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_CGROUP_H
#define OCELLI_CORE_CGROUP_H

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Cgroups by id, with the path that the kernel side announced. It announces each
 * once, and again only after it forgot it; so this side has to remember longer:
 * it keeps more of them (see CGROUPS_MAX), and forgets by use, as that side does.
 */
struct cgroup {
	struct list hash;
	struct list age;
	uint64_t id;
	const char *path;
	const char *container_id; /* "" when it is none */
	const char *runtime;
	bool throttled;     /* is over its rate now */
	bool was_throttled; /* so that processes of it may never have been announced */
	unsigned quiet;     /* seconds under the rate while throttled */
	char storage[];
};

struct cgroups;

int cgroups_new(size_t max, struct cgroups **ret);
void cgroups_free(struct cgroups **cgroups);

/* @names: leaf first, each NUL-terminated. Replaces what was known of @id. Returns 0, -ENOMEM. */
int cgroups_add(struct cgroups *cgroups, uint64_t id, const char *names, size_t len);

/* Returns the cgroup, or NULL; valid until the next cgroups_add(). It counts as used. */
struct cgroup *cgroups_find(struct cgroups *cgroups, uint64_t id);

void cgroups_each(struct cgroups *cgroups, void (*fn)(void *userdata, struct cgroup *cgroup),
		  void *userdata);

#endif
