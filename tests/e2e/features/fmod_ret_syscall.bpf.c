// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

/* Denies this process one system call, which returns a long. */
SEC("fmod_ret")
long run(u64 *ctx)
{
	if (!ours())
		return 0;
	hit();
	return -1;
}
