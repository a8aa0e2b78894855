// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

int last(void *ctx);

struct {
	__uint(type, 3 /* array of programs */);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__array(values, int(void *));
} programs SEC(".maps") = {.values = {(void *)&last}};

SEC("raw_tp")
int last(void *ctx)
{
	if (ours())
		shared.result = 1;
	return 0;
}

static __noinline int go(void *ctx)
{
	int r = 0;

	hit();
	bpf_tail_call(ctx, &programs, 0);
	barrier_var(r);
	return r;
}

SEC("raw_tp/sys_enter")
int first(void *ctx)
{
	if (ours())
		go(ctx);
	return 0;
}
