// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("fentry/security_task_kill")
int run(u64 *ctx)
{
	u64 v = 0;

	if (!ours())
		return 0;
	hit();
	/* Its third is the signal. */
	if (bpf_get_func_arg(ctx, 2, &v) == 0)
		shared.result = (s64)v;
	return 0;
}
