// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("uprobe")
int BPF_KPROBE(run, unsigned long argument)
{
	if (!ours())
		return 0;
	hit();
	shared.result = (s64)argument;
	return 0;
}
