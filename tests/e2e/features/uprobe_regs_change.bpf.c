// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("uprobe")
int run(struct pt_regs *ctx)
{
	if (!ours())
		return 0;
	hit();
#if defined(__TARGET_ARCH_x86)
	ctx->rdi = 4711;
#else
	ctx->user.regs[0] = 4711;
#endif
	return 0;
}
