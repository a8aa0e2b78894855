// SPDX-License-Identifier: Apache-2.0
#include "cri/containers.h"
#include "cri/runtime.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As the names of cgroups have them. */
static const char *known_runtime(const char *name)
{
	static const char *const names[] = {"containerd", "cri-o", "docker"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return names[i];
	return "";
}

static const char *keep(struct arena *arena, const char *s)
{
	size_t n = s ? strlen(s) + 1 : 0;
	char *to = n > 1 ? arena_alloc(arena, n) : NULL;

	return to ? memcpy(to, s, n) : "";
}

static int compare(const void *a, const void *b)
{
	const Runtime__V1__PodSandbox *x = *(Runtime__V1__PodSandbox *const *)a,
				      *y = *(Runtime__V1__PodSandbox *const *)b;

	return strcmp(x->id, y->id);
}

static const Runtime__V1__PodSandbox *find(const Runtime__V1__ListPodSandboxResponse *pods,
					   char *id)
{
	Runtime__V1__PodSandbox key = RUNTIME__V1__POD_SANDBOX__INIT, *at = &key;
	Runtime__V1__PodSandbox **found;

	key.id = id;
	found = pods->n_items
			? bsearch(&at, pods->items, pods->n_items, sizeof(*pods->items), compare)
			: NULL;
	return found ? *found : NULL;
}

static void add_labels(struct arena *arena, const Runtime__V1__PodSandbox *pod,
		       struct pod_container *to)
{
	struct pod_label *v = arena_alloc(arena, pod->n_labels * sizeof(*v) + 1);

	if (!v)
		return;
	for (size_t i = 0; i < pod->n_labels; i++)
		v[i] = (struct pod_label){keep(arena, pod->labels[i]->key),
					  keep(arena, pod->labels[i]->value)};
	to->labels = v;
	to->n_labels = pod->n_labels;
}

static void add_pod(struct arena *arena, const Runtime__V1__PodSandbox *pod,
		    struct pod_container *to)
{
	if (!pod || !pod->metadata)
		return;
	to->pod_name = keep(arena, pod->metadata->name);
	to->pod_namespace = keep(arena, pod->metadata->namespace_);
	to->pod_uid = keep(arena, pod->metadata->uid);
	add_labels(arena, pod, to);
}

static void add_container(struct cri_containers *all, const Runtime__V1__Container *from,
			  const Runtime__V1__PodSandbox *pod, const char *runtime)
{
	struct cri_container *to = &all->v[all->n++];
	struct pod_container *c = &to->container;
	const Runtime__V1__ImageSpec *image = from->image;

	*to = (struct cri_container){
		.ended = from->state == RUNTIME__V1__CONTAINER_STATE__CONTAINER_EXITED,
	};
	c->id = keep(&all->arena, from->id);
	c->runtime = runtime;
	c->name = keep(&all->arena, from->metadata ? from->metadata->name : "");
	/* What is runs may be told as a digest, and beside it as the pod asks for it. */
	if (image)
		c->image =
			keep(&all->arena, *image->user_specified_image ? image->user_specified_image
								       : image->image);
	c->image_id = keep(&all->arena, from->image_ref);
	add_pod(&all->arena, pod, c);
}

/* Labels of a pod are its own, those that kubelet has for it included: they are what Kubernetes
 * knows of it, and a few more. */
static int merge(struct cri_containers *all, const Runtime__V1__ListContainersResponse *containers,
		 const Runtime__V1__ListPodSandboxResponse *pods, const char *runtime)
{
	all->v = arena_alloc(&all->arena, containers->n_containers * sizeof(*all->v) + 1);
	if (!all->v)
		return -ENOMEM;
	qsort(pods->items, pods->n_items, sizeof(*pods->items), compare);
	for (size_t i = 0; i < containers->n_containers; i++) {
		const Runtime__V1__Container *c = containers->containers[i];

		add_container(all, c, find(pods, c->pod_sandbox_id), runtime);
	}
	return all->arena.failed ? -ENOMEM : 0;
}

static int ask_more(struct grpc_client *client, struct arena *arena, struct pod_container *c,
		    struct error **reterr)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str cgroup = STR_INIT;
	int r = cri_container_status(client, c->id, &cgroup, &c->started, &err);

	if (r >= 0 && str_cstr(&cgroup))
		c->cgroup = keep(arena, cgroup.data);
	/* The runtime said something; else it is not there any more. */
	if (r >= 0 || r == -ENODATA || grpc_client_refusal(client) != GRPC_OK)
		return 0;
	if (reterr) {
		*reterr = err;
		err = NULL;
	}
	return r;
}

int cri_containers_list(struct grpc_client *client, const char *runtime,
			bool (*is_new)(void *userdata, const char *id), void *userdata,
			struct cri_containers *ret, struct error **reterr)
{
	Runtime__V1__ListPodSandboxRequest for_pods = RUNTIME__V1__LIST_POD_SANDBOX_REQUEST__INIT;
	Runtime__V1__ListContainersRequest for_containers =
		RUNTIME__V1__LIST_CONTAINERS_REQUEST__INIT;
	ProtobufCMessage *pods = NULL, *containers = NULL;
	/* Containers first: of a pod that comes meanwhile there is none that is missing. */
	int r = grpc_client_ask(client, CRI_SERVICE "ListContainers", &for_containers.base,
				&runtime__v1__list_containers_response__descriptor, &containers,
				reterr);

	*ret = (struct cri_containers){0};
	if (r >= 0)
		r = grpc_client_ask(client, CRI_SERVICE "ListPodSandbox", &for_pods.base,
				    &runtime__v1__list_pod_sandbox_response__descriptor, &pods,
				    reterr);
	if (r >= 0)
		r = merge(ret, (void *)containers, (void *)pods, known_runtime(runtime));
	for (size_t i = 0; i < ret->n && r >= 0; i++) {
		struct cri_container *c = &ret->v[i];

		if (!c->ended && is_new(userdata, c->container.id))
			r = ask_more(client, &ret->arena, &c->container, reterr);
	}
	if (pods)
		protobuf_c_message_free_unpacked(pods, NULL);
	if (containers)
		protobuf_c_message_free_unpacked(containers, NULL);
	return r;
}

void cri_containers_done(struct cri_containers *containers)
{
	arena_done(&containers->arena);
	*containers = (struct cri_containers){0};
}
