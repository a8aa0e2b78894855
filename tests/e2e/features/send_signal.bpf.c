// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

ON_CALL(run)
{
	if (!called(id))
		return 0;
	hit();
	shared.result = bpf_send_signal(shared.number);
	return 0;
}
