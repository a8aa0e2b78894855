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
	__type(value, struct kernel_ledger);
} ledger SEC(".maps");

static __always_inline struct kernel_ledger *get_ledger(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&ledger, &zero);
}

static __always_inline bool backlogged(void)
{
	return !reader.hurried && bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= config.wake_bytes;
}

/*
 * Waking the reader costs ten times what capturing an event does, so a record
 * wakes it only when it has said that it waits (it is idle), or when the backlog
 * asks for it. Two CPUs that both see it waiting wake it twice, which is harmless.
 */
static __always_inline u64 wake_now(void)
{
	if (reader.waiting) {
		reader.waiting = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	if (backlogged()) {
		reader.hurried = 1;
		return BPF_RB_FORCE_WAKEUP;
	}
	return BPF_RB_NO_WAKEUP;
}

/* For records that nothing outside is waiting for. */
static __always_inline u64 wake_later(void)
{
	if (backlogged()) {
		reader.hurried = 1;
		return BPF_RB_FORCE_WAKEUP;
	}
	return BPF_RB_NO_WAKEUP;
}

#endif
