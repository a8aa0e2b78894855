// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

/* Denies this process to send signals. */
SEC("fmod_ret/security_task_kill")
int run(u64 *ctx)
{
	if (!ours())
		return 0;
	hit();
	return -1;
}
