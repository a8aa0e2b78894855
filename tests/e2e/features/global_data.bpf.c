// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

const volatile u64 constant = 0;

ON_CALL(run)
{
	if (!called(id))
		return 0;
	hit();
	shared.result = (s64)constant;
	return 0;
}
