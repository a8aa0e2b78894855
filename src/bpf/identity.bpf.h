/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_IDENTITY_BPF_H
#define OCELLI_BPF_IDENTITY_BPF_H

/* Who a task is, from its own task_struct. */

#include "abi/record.h"

static __always_inline void key_of(struct process_key *key, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	key->start = leader->start_boottime;
	key->pid = (u32)leader->pid;
	/* The task's own: a leader that exited before its threads keeps an older count. */
	key->execs = (u32)task->self_exec_id;
}

/* What the task is in the innermost of its PID namespaces. The pointer is read anew, as a plain
 * number: 6.1's verifier refuses a variable offset to a typed one. */
static __always_inline struct upid *innermost_upid(struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);

	return (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	       (BPF_CORE_READ(pid, level) & 31) * bpf_core_type_size(struct upid);
}

/* 0 in the initial namespace, where it is no other than the pid. */
static __always_inline u32 nspid_of(struct task_struct *leader)
{
	struct pid *pid = leader->thread_pid;

	if (!pid || pid->level == 0)
		return 0;
	return (u32)BPF_CORE_READ(innermost_upid(leader), nr);
}

#endif
