/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POD_PODS_H
#define OCELLI_POD_PODS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The containers that the agent was told of, and the pods that they are in. One
 * thread changes them and may read them as it likes; another one that reads has
 * them locked meanwhile.
 */
struct pods;

/* Containers, with those that ended a while ago. Kubernetes has 110 pods on a node by default. */
#define PODS_CONTAINERS_MAX 4096
/* What is known of them, and of one. */
#define PODS_BYTES_MAX ((size_t)16 << 20)
#define PODS_CONTAINER_BYTES_MAX ((size_t)64 << 10)
/* Of those that ended something is still told; what never got a cgroup came to nothing. */
#define PODS_ENDED_KEPT_S 60
#define PODS_AWAITED_S 600

enum pod_source {
	POD_FROM_HOOK, /* RuntimeHook: the runtime told us of it before it started */
	POD_FROM_CRI,  /* we asked the runtime */
	_POD_SOURCE_MAX
};

struct pod_label {
	const char *key, *value;
};

/* Texts that are not known are "". */
struct pod_container {
	const char *id; /* as the runtime has it */
	const char *name, *image, *image_id;
	const char *runtime;
	const char *cgroup;                             /* its path */
	const char *pod_name, *pod_namespace, *pod_uid; /* "": it is in none */
	const struct pod_label *labels;                 /* the pod's */
	size_t n_labels;
	uint64_t started;   /* wall clock, ns; 0: not known */
	uint64_t cgroup_id; /* of the container's own; 0: not known yet */
};

/* Who has to know what containers there are that have a cgroup. Called with the pods locked. */
struct pods_watcher {
	/* It is new, or something of it is other than before. @number: below PODS_CONTAINERS_MAX,
	 * no other has it, and whose it was ended long ago. */
	void (*changed)(void *userdata, const struct pod_container *container, uint32_t number);
	void (*ended)(void *userdata, const struct pod_container *container, uint32_t number);
	void *userdata;
};

struct pods_stats {
	size_t containers; /* that are known, those that ended included … */
	size_t ended;      /* … and how many these are … */
	size_t awaited;    /* … and those that have no cgroup yet */
	size_t bytes;
	uint64_t told[_POD_SOURCE_MAX]; /* of a container, that was new */
	uint64_t refused;               /* for a lack of room */
};

int pods_new(struct pods **ret);
void pods_free(struct pods **pods);

/* NULL: nobody. What there is by now it has to ask for. */
void pods_watch(struct pods *pods, const struct pods_watcher *watcher);

/*
 * Adds what is known of a container, of which at least the id; what it leaves open
 * stays as it was. @now: any clock, in ns, like the next. Returns 0; -EINVAL without
 * an id; -E2BIG, -ENOSPC by the limits; -ENOMEM.
 */
int pods_put(struct pods *pods, enum pod_source source, const struct pod_container *container,
	     uint64_t now, struct error **reterr);

/* The container's cgroup is found, of that path. */
int pods_bind(struct pods *pods, const char *id, uint64_t cgroup_id, const char *cgroup,
	      uint64_t now);

/* It is no more. */
void pods_end(struct pods *pods, const char *id, uint64_t now);

/*
 * Forgets what is to be forgotten, and asks of some of the others, each in turn,
 * whether they are still there: @lives is told of those that have a cgroup. To be
 * called about once a second.
 */
void pods_tick(struct pods *pods, uint64_t now,
	       bool (*lives)(void *userdata, const struct pod_container *container),
	       void *userdata);

/* NULL: not known. @id: as a cgroup has it, which may have cut it off. Valid until it is changed.
 */
const struct pod_container *pods_find(const struct pods *pods, const char *id);
const struct pod_container *pods_find_cgroup(const struct pods *pods, uint64_t cgroup_id);

/* Another number whenever something is known that was not. */
uint64_t pods_generation(const struct pods *pods);

const struct pods_stats *pods_get_stats(const struct pods *pods);
/* Pods of which containers live, each counted once. */
size_t pods_count(const struct pods *pods);

/* For a thread that does not change them. */
void pods_lock(struct pods *pods);
void pods_unlock(struct pods *pods);
/* Those that live and have a cgroup, while they are locked. */
void pods_each(struct pods *pods,
	       void (*fn)(void *userdata, const struct pod_container *container, uint32_t number),
	       void *userdata);

#endif
