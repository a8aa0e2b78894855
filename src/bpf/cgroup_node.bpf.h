/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_CGROUP_NODE_BPF_H
#define OCELLI_BPF_CGROUP_NODE_BPF_H

/* The cgroup of a task, in the hierarchy that tells workloads apart, and those above it. */

#include "bpf/ring.bpf.h"

/* Typed loads throughout: this runs for every fork, exec and exit, and a helper call costs several
 * times what they do. The controller is a constant by the time the verifier sees it. */
static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task)
{
	struct css_set *set = task->cgroups;
	struct cgroup_subsys_state **subsys;
	u32 controller;

	switch (config.cgroup_v1_controller) {
	case CGROUP_V1_MEMORY:
		controller = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
		break;
	case CGROUP_V1_PIDS:
		controller = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
		break;
	case CGROUP_V1_CPUSET:
		controller = bpf_core_enum_value(enum cgroup_subsys_id, cpuset_cgrp_id);
		break;
	default:
		return set->dfl_cgrp->kn;
	}
	subsys = (void *)set + bpf_core_field_offset(struct css_set, subsys) +
		 controller * sizeof(*subsys);
	return (*subsys)->cgroup->kn;
}

static __always_inline struct kernfs_node *node_parent(struct kernfs_node *kn)
{
	struct kernfs_node___parent *old = (void *)kn;
	struct kernfs_node___rcu_parent *new = (void *)kn;

	if (bpf_core_field_exists(old->parent))
		return BPF_CORE_READ(old, parent);
	return BPF_CORE_READ(new, __parent);
}

#endif
