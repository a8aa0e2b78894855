// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

ON_CALL(run)
{
	u64 v = 0;

	if (!called(id))
		return 0;
	hit();
	if (bpf_probe_read_user(&v, sizeof(v), (void *)shared.address) == 0)
		shared.result = (s64)v;
	return 0;
}
