// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

struct bpf_timer {
	u64 a, b;
} __attribute__((aligned(8)));

struct value {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct value);
} timers SEC(".maps");

static int ring(void *map, u32 *key, struct value *value)
{
	shared.result = 1;
	return 0;
}

ON_CALL(run)
{
	struct value *value;
	u32 zero = 0;

	if (!called(id))
		return 0;
	value = bpf_map_lookup_elem(&timers, &zero);
	if (!value)
		return 0;
	hit();
	bpf_timer_init(&value->timer, &timers, 1 /* CLOCK_MONOTONIC */);
	bpf_timer_set_callback(&value->timer, ring);
	bpf_timer_start(&value->timer, 1000000, 0);
	return 0;
}
