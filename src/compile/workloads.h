/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_WORKLOADS_H
#define OCELLI_COMPILE_WORKLOADS_H

#include "pod/pods.h"
#include "policy/model.h"

/* Who is selected: containers, by what is known of them and their pods; and if ->host, who is in
 * none. Borrowed from the policy. */
struct workload_scope {
	const char *namespace;                  /* of the pods; NULL: any, and no pod needed */
	const struct policy_labels *pods;       /* NULL: likewise */
	const struct policy_labels *containers; /* NULL: any */
	bool host;
};

/* Whether these select anything but all there is, or all in no container; then *ret is who. */
bool workload_scope_of(const struct policy_workloads *workloads, struct workload_scope *ret);

/* Whether the scope has that container. */
bool workload_scope_has(const struct workload_scope *scope, const struct pod_container *container);

#endif
