// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

static int turn(u32 i, u64 *sum)
{
	*sum += i;
	return 0;
}

ON_CALL(run)
{
	u64 sum = 0;

	if (!called(id))
		return 0;
	hit();
	bpf_loop(10000, turn, &sum, 0);
	shared.result = (s64)sum;
	return 0;
}
