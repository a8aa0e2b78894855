// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

struct {
	__uint(type, 29 /* task storage */);
	__uint(map_flags, 1); /* BPF_F_NO_PREALLOC */
	__type(key, int);
	__type(value, u64);
} storage SEC(".maps");

SEC("uprobe")
int run(void *ctx)
{
	u64 *v;

	if (!ours())
		return 0;
	v = bpf_task_storage_get(&storage, bpf_get_current_task_btf(), 0, 1 /* create */);
	if (!v)
		return 0;
	hit();
	*v += 7;
	return 0;
}
