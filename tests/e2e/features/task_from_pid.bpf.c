// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;

ON_CALL(run)
{
	struct task_struct *task;

	if (!called(id))
		return 0;
	task = bpf_task_from_pid((s32)shared.pid);
	if (!task)
		return 0;
	hit();
	shared.result = task->tgid;
	bpf_task_release(task);
	return 0;
}
