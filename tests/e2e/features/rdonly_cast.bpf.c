// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

extern void *bpf_rdonly_cast(const void *obj, u32 type) __ksym;

ON_CALL(run)
{
	void *plain = (void *)bpf_get_current_task();
	struct task_struct *task;

	if (!called(id))
		return 0;
	hit();
	task = bpf_rdonly_cast(plain, bpf_core_type_id_kernel(struct task_struct));
	shared.result = task->tgid;
	return 0;
}
