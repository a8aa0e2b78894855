// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

ON_CALL(run)
{
	u64 sum = 0;

	if (!called(id))
		return 0;
	hit();
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < 1000; i++) {
		asm volatile("" : "+r"(sum));
		sum += i;
	}
	shared.result = (s64)sum;
	return 0;
}
