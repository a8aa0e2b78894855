// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

ON_CALL(run)
{
	hit();
	return 0;
}
