// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("iter.s/task")
int run(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	u64 v = 0;

	if (!task || (u32)task->pid != shared.pid)
		return 0;
	hit();
	if (bpf_copy_from_user_task(&v, sizeof(v), (void *)shared.address, task, 0) == 0)
		shared.result = (s64)v;
	return 0;
}
