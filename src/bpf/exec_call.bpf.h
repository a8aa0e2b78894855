/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_EXEC_CALL_BPF_H
#define OCELLI_BPF_EXEC_CALL_BPF_H

#include "abi/control.h"

/*
 * What only execve(2) itself knows of an image. The raw tracepoint tells it; the
 * trace event does not, so there it is kept from an earlier tracepoint of the
 * same call.
 */
struct exec_call {
	const char *filename; /* as it was called … */
	const char *interp;   /* … and the last of the interpreters that led to; else the same */
	struct file *file;    /* what is run in the end */
	u32 tid;              /* before execve(2) gave the caller that of its leader */
	u32 privileged;
};

/*
 * By thread id, modulo the size: who runs at the same time was mostly started
 * at the same time, and differs. 512 KiB, where they are needed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by the agent */
	__type(key, u32);
	__type(value, struct exec_call);
} exec_calls SEC(".maps");

static __always_inline struct exec_call *exec_call_slot(u32 tid)
{
	u32 slot = tid & (EXEC_CALLS - 1);

	return bpf_map_lookup_elem(&exec_calls, &slot);
}

static __always_inline void exec_call_get(struct exec_call *call, struct linux_binprm *bprm,
					  u32 tid)
{
	call->filename = bprm->filename;
	call->interp = bprm->interp;
	call->file = bprm->file;
	call->tid = tid;
	call->privileged = bprm->per_clear != 0;
}

#endif
