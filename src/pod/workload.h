/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POD_WORKLOAD_H
#define OCELLI_POD_WORKLOAD_H

#include "pod/pods.h"

/* What made a pod: a part of the pod's name, or a label of it. */
struct workload {
	const char *kind; /* Deployment and the like */
	const char *name;
	size_t len;
};

/*
 * By the labels and names that Kubernetes' own controllers give to their pods, as
 * the pod's owner is not told to runtimes. Returns whether it is certain.
 */
bool workload_of(const struct pod_container *container, struct workload *ret);

#endif
