// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

struct {
	__uint(type, 32 /* cgroup storage */);
	__uint(map_flags, 1); /* BPF_F_NO_PREALLOC */
	__type(key, int);
	__type(value, u64);
} storage SEC(".maps");

ON_CALL(run)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 *v;

	if (!called(id))
		return 0;
	v = bpf_cgrp_storage_get(&storage, task->cgroups->dfl_cgrp, 0, 1 /* create */);
	if (!v)
		return 0;
	*v += 7;
	shared.result = (s64)*v;
	hit();
	return 0;
}
