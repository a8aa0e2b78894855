// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(run, struct task_struct *caller, struct task_struct *child)
{
	if ((u32)caller->tgid != shared.pid)
		return 0;
	hit();
	shared.result = child->pid;
	return 0;
}
