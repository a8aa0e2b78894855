// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("uretprobe")
int BPF_KRETPROBE(run, unsigned long value)
{
	if (!ours())
		return 0;
	hit();
	shared.result = (s64)value;
	return 0;
}
