/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CRI_CONTAINERS_H
#define OCELLI_CRI_CONTAINERS_H

#include "base/arena.h"
#include "cri/cri.h"
#include "pod/pods.h"

/* The containers that a runtime has, with the pods that they are in. */
struct cri_container {
	struct pod_container container; /* of the arena */
	bool ended;
};

struct cri_containers {
	struct arena arena;
	struct cri_container *v;
	size_t n;
};

/*
 * Asks for all of them; and of those that @is_new calls so, and that did not end,
 * for the cgroup and when they started: each is a question of its own. That one of
 * these has no answer leaves it open. @runtime: what it calls itself. Returns 0, or
 * what grpc_client_ask() does; *ret is to be given to cri_containers_done() in any
 * case.
 */
int cri_containers_list(struct grpc_client *client, const char *runtime,
			bool (*is_new)(void *userdata, const char *id), void *userdata,
			struct cri_containers *ret, struct error **reterr);
void cri_containers_done(struct cri_containers *containers);

#endif
