/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_SCRATCH_BPF_H
#define OCELLI_BPF_HOOK_SCRATCH_BPF_H

/* What a program works with on its way through a hook. */

#include "abi/hook.h"
#include "bpf/ring.bpf.h"

/* HOOK_DEPTH for each CPU, and behind them HOOK_SPARES; how many that is is set by the agent. */
const volatile __u32 hook_spares_at = HOOK_DEPTH;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HOOK_DEPTH);
	__type(key, u32);
	__type(value, struct hook_scratch);
} hook_scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct hook_taken);
} hook_taken SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct hook_spares);
} hook_spares SEC(".maps");

/* They stand for the kernel's bpf_preempt_disable() and _enable(): sensor/library.c has them called
 * in programs that could be preempted, where the kernel lets us forbid that. */
__noinline int kernel_preempt_disable(void)
{
	asm volatile("");
	return 0;
}

__noinline int kernel_preempt_enable(void)
{
	asm volatile("");
	return 0;
}

/* Of a value in a record. */
static __always_inline u32 padded(u32 size)
{
	return (size + 7) & ~7U;
}

/* What might have been told, and is not. */
static __always_inline void count_discarded(void)
{
	struct cpu_state *state = get_cpu_state();

	if (!state)
		return;
	state->ledger.produced[RECORD_HOOK]++;
	state->ledger.discarded[RECORD_HOOK]++;
}

/* Negative: none is free. */
static __noinline int take_spare(void)
{
	u32 zero = 0;
	struct hook_spares *spares = bpf_map_lookup_elem(&hook_spares, &zero);

	for (u32 i = 0; spares && i < HOOK_SPARES; i++)
		if (!__sync_lock_test_and_set(&spares->v[i], 1))
			return (int)(hook_spares_at + i);
	count_discarded();
	return -1;
}

static __noinline int give_spare(u32 i)
{
	u32 zero = 0;
	struct hook_spares *spares = bpf_map_lookup_elem(&hook_spares, &zero);

	if (spares)
		__sync_lock_test_and_set(&spares->v[i % HOOK_SPARES], 0);
	return 0;
}

/*
 * Returns the index of a scratch that is nobody else's until hook_leave(). A
 * program can be interrupted by another, or its task sleep or be preempted in it,
 * but stays on its CPU; so each CPU has several. Negative: none is free, and what
 * might have been told is counted as discarded.
 */
__noinline int hook_enter(void)
{
	u32 zero = 0, cpu = bpf_get_smp_processor_id();
	struct hook_taken *taken = bpf_map_lookup_elem(&hook_taken, &zero);

	if (!taken)
		return -1;
	for (u32 i = 0; i < HOOK_DEPTH; i++)
		if (!__sync_lock_test_and_set(&taken->v[i], 1))
			return (int)(cpu * HOOK_DEPTH + i);
	return take_spare();
}

__noinline int hook_leave(u32 index)
{
	u32 zero = 0;
	struct hook_taken *taken = bpf_map_lookup_elem(&hook_taken, &zero);

	if (index >= hook_spares_at)
		give_spare(index - hook_spares_at);
	else if (taken)
		/* Whoever may take it next is on the same CPU: a store will do. */
		*(volatile u32 *)&taken->v[index % HOOK_DEPTH] = 0;
	return 0;
}

#endif
