/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_RING_BPF_H
#define OCELLI_BPF_RING_BPF_H

/* The ring to the agent, when to wake its reader, and the count of what went in. */

#include "abi/control.h"

const volatile struct config config = {};

struct reader_state reader SEC(".data.reader") = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* set by the agent */
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_state);
} cpu_state SEC(".maps");

static __always_inline struct cpu_state *get_cpu_state(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&cpu_state, &zero);
}

/*
 * Waking the reader costs ten times what capturing an event does. So records are
 * committed without, unless the backlog asks for it, and an event that matters
 * looks afterwards whether the reader has said that it waits.
 */
static __always_inline u64 wake_flags(void)
{
	if (reader.hurried || bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < config.wake_bytes)
		return BPF_RB_NO_WAKEUP;
	reader.hurried = 1;
	return BPF_RB_FORCE_WAKEUP;
}

/*
 * Called after the commit, which is a full barrier (kernel/bpf/ringbuf.c:
 * bpf_ringbuf_commit, xchg): either the reader, which says that it waits before
 * it looks at the ring for the last time, sees the record, or we see that it
 * waits. Only a record can carry a wake-up, so an empty one does. Two CPUs that
 * both see it waiting wake it twice, which is harmless.
 */
static __always_inline void wake_waiting(void)
{
	void *nothing;

	if (!reader.waiting)
		return;
	reader.waiting = 0;
	nothing = bpf_ringbuf_reserve(&ring, 8, 0);
	if (nothing)
		bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
	else
		reader.waiting = 1;
}

/* What the agent does itself is not told of: there would be no end to writing of what is written,
 * and to requests that a request leads to. */
static __always_inline bool is_reader(u32 process)
{
	return process && process == reader.process;
}

#endif
