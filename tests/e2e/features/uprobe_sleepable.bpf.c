// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("uprobe.s")
int run(void *ctx)
{
	u64 v = 0;

	if (!ours())
		return 0;
	hit();
	/* Of a page that is not there yet. */
	if (bpf_copy_from_user(&v, sizeof(v), (void *)shared.address) == 0)
		shared.result = (s64)v;
	return 0;
}
