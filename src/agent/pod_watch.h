/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POD_WATCH_H
#define OCELLI_AGENT_POD_WATCH_H

#include "agent/settings.h"
#include "base/error.h"
#include "core/cgroup.h"
#include "pod/pods.h"

#include "tetragon/tetragon.pb-c.h"

/* What the agent is told of containers and pods, and the cgroups that these are. */
struct pod_watch;

/* The pods and @cgroups must outlive it. */
int pod_watch_new(const struct settings *settings, struct pods *pods, struct cgroups *cgroups,
		  struct pod_watch **ret);
void pod_watch_free(struct pod_watch **watch);

/* RuntimeHook: see struct api_agent. */
int pod_watch_create(struct pod_watch *watch, const Tetragon__CreateContainer *container,
		     struct error **reterr);

/* Something is known of a container: finds its cgroup, by this path, which may be "" and need not
 * be there yet, or by its id. */
int pod_watch_put(struct pod_watch *watch, enum pod_source source, struct pod_container *container,
		  struct error **reterr);

/* A process is in a cgroup that was not known. */
void pod_watch_cgroup(struct pod_watch *watch, const struct cgroup *cgroup);

/* So many of these were a container's that nobody had told of. */
uint64_t pod_watch_unknown(const struct pod_watch *watch);

/* About once a second. */
void pod_watch_tick(struct pod_watch *watch);

#endif
