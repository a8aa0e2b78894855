// SPDX-License-Identifier: Apache-2.0
#include "agent/pod_watch.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/macro.h"
#include "core/container.h"
#include "cri/cri.h"
#include "sensor/cgroup_dir.h"
#include "sensor/cgroup_mode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pod_watch {
	struct pods *pods;
	struct cgroups *cgroups;
	struct str dir; /* of cgroups; empty: not to be seen */
	uint64_t unknown;
};

int pod_watch_new(const struct settings *settings, struct pods *pods, struct cgroups *cgroups,
		  struct pod_watch **ret)
{
	struct pod_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->pods = pods;
	w->cgroups = cgroups;
	r = cgroup_dir_find(settings->procfs, cgroup_mode_detect("/proc/self/mounts"), &w->dir);
	if (r < 0)
		log_debug("cgroups cannot be looked up by their paths: %s", strerror(-r));
	*ret = w;
	return 0;
}

void pod_watch_free(struct pod_watch **watch)
{
	if (!*watch)
		return;
	str_free(&(*watch)->dir);
	free(*watch);
	*watch = NULL;
}

static uint64_t now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* --- cgroups of containers */

static int find_id(const struct pod_watch *w, const char *path, uint64_t *ret)
{
	return w->dir.len ? cgroup_dir_id(w->dir.data, path, ret) : -ENOENT;
}

/* The part of the path that is the container's own; what is below that is made by who is in it. */
static void own_path(const struct cgroup *cgroup, struct str *ret)
{
	struct container container;
	const char *end = NULL;

	if (container_from_cgroup(cgroup->path, &container))
		end = strchr(container.id, '/');
	str_append(ret, cgroup->path, end ? (size_t)(end - cgroup->path) : strlen(cgroup->path));
}

static void bind(struct pod_watch *w, const struct pod_container *c, const struct cgroup *cgroup)
{
	_cleanup_str_ struct str path = STR_INIT;
	uint64_t id = cgroup->id;

	own_path(cgroup, &path);
	if (!str_cstr(&path))
		return;
	if (strcmp(path.data, cgroup->path) != 0)
		find_id(w, path.data, &id);
	pods_bind(w->pods, c->id, id, path.data, now());
}

void pod_watch_cgroup(struct pod_watch *w, const struct cgroup *cgroup)
{
	const struct pod_container *c = pods_find_cgroup(w->pods, cgroup->id);

	if (c || !*cgroup->container_id)
		return;
	c = pods_find(w->pods, cgroup->container_id);
	if (!c)
		w->unknown++;
	else if (!c->cgroup_id)
		bind(w, c, cgroup);
}

uint64_t pod_watch_unknown(const struct pod_watch *w)
{
	return w->unknown;
}

struct search {
	struct pod_watch *watch;
	const char *id;
};

static void look_at(void *userdata, struct cgroup *cgroup)
{
	const struct search *s = userdata;
	const struct pod_container *c =
		*cgroup->container_id ? pods_find(s->watch->pods, cgroup->container_id) : NULL;

	if (c && !c->cgroup_id && !strcmp(c->id, s->id))
		bind(s->watch, c, cgroup);
}

int pod_watch_put(struct pod_watch *w, enum pod_source source, struct pod_container *c,
		  struct error **reterr)
{
	_cleanup_str_ struct str path = STR_INIT;
	struct search search = {w, c->id};
	const struct pod_container *known;
	int r;

	if (c->cgroup && *c->cgroup && cri_parse_cgroup(c->cgroup, &path) >= 0 && str_cstr(&path) &&
	    find_id(w, path.data, &c->cgroup_id) >= 0)
		c->cgroup = path.data;
	else
		c->cgroup = "";
	r = pods_put(w->pods, source, c, now(), reterr);
	if (r < 0)
		return r;
	known = pods_find(w->pods, c->id);
	if (known && !known->cgroup_id)
		cgroups_each(w->cgroups, look_at, &search);
	return 0;
}

static bool lives(void *userdata, const struct pod_container *c)
{
	const struct pod_watch *w = userdata;
	uint64_t id;
	int r = *c->cgroup ? find_id(w, c->cgroup, &id) : 0;

	return r != -ENOENT && (r < 0 || !*c->cgroup || id == c->cgroup_id);
}

void pod_watch_tick(struct pod_watch *w)
{
	pods_tick(w->pods, now(), lives, w);
}

/* --- what runtimes tell */

/* Where runtimes leave what a hook was not told by who called it. */
static const struct {
	size_t member;
	const char *annotations[3]; /* of containerd, of CRI-O, of kubelet */
} annotations[] = {
#define AT(m) offsetof(struct pod_container, m)
	{AT(pod_name), {"io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"}},
	{AT(pod_namespace), {"io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"}},
	{AT(pod_uid), {"io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid"}},
	{AT(name), {"io.kubernetes.cri.container-name", "io.kubernetes.container.name"}},
	{AT(image), {"io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"}},
#undef AT
};

static const char *find_annotation(const Tetragon__CreateContainer *from, const char *key)
{
	for (size_t i = 0; i < from->n_annotations; i++)
		if (!strcmp(from->annotations[i]->key, key))
			return from->annotations[i]->value;
	return "";
}

static void add_annotations(const Tetragon__CreateContainer *from, struct pod_container *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(annotations); i++) {
		const char **text = (const char **)(void *)((char *)to + annotations[i].member);
		const char *const *keys = annotations[i].annotations;

		for (size_t j = 0; !**text && keys[j]; j++)
			*text = find_annotation(from, keys[j]);
	}
}

int pod_watch_create(struct pod_watch *w, const Tetragon__CreateContainer *from,
		     struct error **reterr)
{
	struct pod_container c = {
		.id = from->containerid,
		.name = from->containername,
		.image = from->containerimage,
		.pod_name = from->podname,
		.pod_namespace = from->podnamespace,
		.pod_uid = from->poduid,
		.cgroup = from->cgroupspath,
	};

	if (!*c.id)
		return error_set(reterr, -EINVAL,
				 "createContainer: containerID is empty, and containers are known "
				 "by it");
	add_annotations(from, &c);
	return pod_watch_put(w, POD_FROM_HOOK, &c, reterr);
}
