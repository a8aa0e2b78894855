// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("kprobe")
int run(void *ctx)
{
	if (!ours())
		return 0;
	hit();
	shared.result = (s64)bpf_get_attach_cookie(ctx);
	return 0;
}
