// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

ON_CALL(run)
{
	u64 v = shared.number;

	if (!called(id))
		return 0;
	hit();
	shared.result = bpf_probe_write_user((void *)shared.address, &v, sizeof(v));
	return 0;
}
