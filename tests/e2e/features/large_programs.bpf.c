// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

/* More than 4,096 instructions. */
ON_CALL(run)
{
	if (!called(id))
		return 0;
	asm volatile(".rept 20000\n"
		     "r1 = 0\n"
		     ".endr\n" ::
			     : "r1");
	hit();
	return 0;
}
