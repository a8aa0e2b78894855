// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

ON_CALL(run)
{
	if (!called(id))
		return 0;
	hit();
	shared.result = bpf_ringbuf_output(&ring, &shared.number, sizeof(shared.number), 0);
	return 0;
}
