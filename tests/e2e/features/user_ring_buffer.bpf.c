// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

struct bpf_dynptr {
	u64 a, b;
} __attribute__((aligned(8)));

struct {
	__uint(type, 31 /* user ring buffer */);
	__uint(max_entries, 4096);
} ring SEC(".maps");

static long take(struct bpf_dynptr *sample, void *data)
{
	u64 v = 0;

	if (bpf_dynptr_read(&v, sizeof(v), sample, 0, 0) == 0)
		shared.result = (s64)v;
	return 0;
}

ON_CALL(run)
{
	if (!called(id))
		return 0;
	hit();
	bpf_user_ringbuf_drain(&ring, take, NULL, 0);
	return 0;
}
