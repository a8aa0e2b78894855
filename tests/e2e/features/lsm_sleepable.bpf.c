// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("lsm.s/file_open")
int run(void *ctx)
{
	if (ours())
		hit();
	return 0;
}
