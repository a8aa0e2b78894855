// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("iter/task")
int run(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (!task)
		return 0;
	hit();
	if ((u32)task->pid == shared.pid)
		shared.result = 1;
	return 0;
}
