// SPDX-License-Identifier: Apache-2.0
#include "message/pod_view.h"
#include "base/clock.h"
#include "core/container.h"
#include "pod/workload.h"

#include <stdio.h>
#include <string.h>

static char *text(struct texts *texts, const char *s)
{
	return texts_borrow(texts, s, strlen(s));
}

/* --- which it is */

/* Whether the path goes through the container's own cgroup. Before that there may be more, where
 * the agent is in a container itself. */
static bool is_below(const char *path, const struct pod_container *c)
{
	size_t len = strlen(c->cgroup);
	const char *at = len ? strstr(path, c->cgroup) : NULL;

	return !len || (at && (!at[len] || at[len] == '/'));
}

static char *copy(struct arena *arena, const char *s, size_t len)
{
	char *to = arena_alloc(arena, len + 1);

	if (!to)
		return NULL;
	memcpy(to, s, len);
	to[len] = '\0';
	return to;
}

/* By the names of the cgroup and those above it, the innermost first: who is in a container may
 * have made others in it, of any name. */
static const struct pod_container *find_named(struct texts *texts, const struct pods *pods,
					      const struct cgroup *cgroup)
{
	char *path = copy(texts->arena, cgroup->path, strlen(cgroup->path));
	const char *id = cgroup->container_id, *name;
	const struct pod_container *c;
	struct container named;

	while (path && id && container_from_cgroup(path, &named)) {
		c = pods_find(pods, id);
		if (c && is_below(cgroup->path, c))
			return c;
		for (name = named.id; name > path && name[-1] != '/'; name--)
			;
		path[name - path] = '\0';
		id = container_from_cgroup(path, &named)
			     ? copy(texts->arena, named.id, named.id_len)
			     : NULL;
	}
	return NULL;
}

/* By the container's own cgroup, if it is that. */
static const struct pod_container *find_container(struct texts *texts, const struct pods *pods,
						  const struct process *process,
						  const struct cgroup *cgroup)
{
	const struct pod_container *c = pods_find_cgroup(pods, process->cgroup_id);

	return !c && cgroup && *cgroup->container_id ? find_named(texts, pods, cgroup) : c;
}

/* --- what there is to say of it */

static void fill_labels(Tetragon__Pod *pod, struct texts *texts, const struct pod_container *c)
{
	Tetragon__Pod__PodLabelsEntry *v = arena_alloc(texts->arena, c->n_labels * sizeof(*v) + 1);
	Tetragon__Pod__PodLabelsEntry **list =
		arena_alloc(texts->arena, c->n_labels * sizeof(*list) + 1);

	if (!v || !list) {
		texts->failed = true;
		return;
	}
	for (size_t i = 0; i < c->n_labels; i++) {
		tetragon__pod__pod_labels_entry__init(&v[i]);
		v[i].key = text(texts, c->labels[i].key);
		v[i].value = text(texts, c->labels[i].value);
		list[i] = &v[i];
	}
	pod->n_pod_labels = c->n_labels;
	pod->pod_labels = list;
}

/* The runtime's name is a part of the id, for those who know that. */
static char *fill_id(struct texts *texts, const struct pod_container *c, const char *runtime)
{
	char buf[192];
	int n;

	if (!*runtime)
		runtime = c->runtime;
	n = *runtime ? snprintf(buf, sizeof(buf), "%s://%s", runtime, c->id) : 0;
	return n > 0 && (size_t)n < sizeof(buf) ? texts_copy(texts, buf, (size_t)n)
						: text(texts, c->id);
}

static void fill_image(struct pod_view *v, struct texts *texts, const struct pod_container *c)
{
	if (!*c->image && !*c->image_id)
		return;
	tetragon__image__init(&v->image);
	v->image.id = text(texts, c->image_id);
	v->image.name = text(texts, c->image);
	v->container.image = &v->image;
}

static void fill_start_time(struct pod_view *v, uint64_t started)
{
	if (!started)
		return;
	google__protobuf__timestamp__init(&v->start_time);
	v->start_time.seconds = (int64_t)(started / NSEC_PER_SEC);
	v->start_time.nanos = (int32_t)(started % NSEC_PER_SEC);
	v->container.start_time = &v->start_time;
}

/* Who is in the host's PID namespace has none of the container's. */
static void fill_pid(struct pod_view *v, uint32_t nspid)
{
	if (!nspid)
		return;
	google__protobuf__uint32_value__init(&v->pid);
	v->pid.value = nspid;
	v->container.pid = &v->pid;
}

Tetragon__Pod *pod_view_fill(struct pod_view *v, struct texts *texts, const struct pods *pods,
			     const struct process *process, const struct cgroup *cgroup)
{
	const struct pod_container *c = find_container(texts, pods, process, cgroup);
	Tetragon__Pod *pod = &v->message;
	struct workload workload;

	if (!c || !*c->pod_name)
		return NULL;
	tetragon__pod__init(pod);
	pod->namespace_ = text(texts, c->pod_namespace);
	pod->name = text(texts, c->pod_name);
	pod->uid = text(texts, c->pod_uid);
	fill_labels(pod, texts, c);
	if (workload_of(c, &workload)) {
		pod->workload = texts_copy(texts, workload.name, workload.len);
		pod->workload_kind = (char *)(uintptr_t)workload.kind;
	}
	tetragon__container__init(&v->container);
	v->container.id = fill_id(texts, c, cgroup ? cgroup->runtime : "");
	v->container.name = text(texts, c->name);
	fill_image(v, texts, c);
	fill_start_time(v, c->started);
	fill_pid(v, process->nspid);
	pod->container = &v->container;
	return pod;
}
