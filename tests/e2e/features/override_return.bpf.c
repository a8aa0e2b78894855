// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

/* Denies this process one system call. */
SEC("kprobe")
int run(struct pt_regs *ctx)
{
	if (!ours())
		return 0;
	hit();
	bpf_override_return(ctx, -1);
	return 0;
}
