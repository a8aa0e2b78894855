// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

ON_CALL(run)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (!called(id))
		return 0;
	hit();
	BPF_CORE_READ_INTO(&shared.text, task, comm);
	return 0;
}
