/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_PART_BPF_H
#define OCELLI_BPF_HOOK_PART_BPF_H

/* What of a buffer does not fit into its slot: straight into the ring, ahead of the record. */

#include "bpf/hook_slot.bpf.h"
#include "bpf/ring.bpf.h"

/* From @offset of @size bytes on. */
__noinline int hook_put_part(struct hook_scratch *s, u64 from, u64 offset, u64 size)
{
	struct cpu_state *cpu = get_cpu_state();
	struct record_part *part;
	u32 len = HOOK_PART_BYTES;

	if (!s || !cpu)
		return -1;
	if (size - offset < len)
		len = (u32)(size - offset);
	if (!within(len, HOOK_PART_BYTES))
		return -1;
	cpu->ledger.produced[RECORD_PART]++;
	part = bpf_ringbuf_reserve(&ring, sizeof(*part), 0);
	if (!part) {
		cpu->ledger.full[RECORD_PART]++;
		return -1;
	}
	if (read_memory(s, part->data, len, from + offset)) {
		cpu->ledger.discarded[RECORD_PART]++;
		bpf_ringbuf_discard(part, BPF_RB_NO_WAKEUP);
		return -1;
	}
	part->record.type = RECORD_PART;
	part->record.size = sizeof(*part);
	part->record.time = s->record.record.time;
	part->process = s->record.process;
	part->tid = s->record.tid;
	part->arg = s->record.args;
	part->offset = (u32)offset;
	part->len = len;
	bpf_ringbuf_submit(part, wake_flags());
	return 0;
}

/* Before hook_put() of the buffer in that slot, which was read from there. */
__noinline int hook_put_parts(struct hook_scratch *s, u32 place, u64 from, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	u64 offset;
	u32 i;

	if (!slot || slot->arg.status != HOOK_ARG_TRUNCATED || reader.gone ||
	    is_reader(s->record.process.pid))
		return 0;
	offset = slot->arg.size - sizeof(struct value_bytes);
	for (i = 0; i < HOOK_PARTS_MAX && offset < size; i++) {
		if (hook_put_part(s, from, offset, size))
			return 0;
		offset += HOOK_PART_BYTES;
	}
	if (offset >= size)
		slot->arg.status = HOOK_ARG_READ;
	return 0;
}

#endif
