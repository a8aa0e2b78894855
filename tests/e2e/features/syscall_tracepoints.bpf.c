// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("tp_btf/sys_exit")
int BPF_PROG(run, struct pt_regs *regs, long value)
{
	if (ours())
		hit();
	return 0;
}
