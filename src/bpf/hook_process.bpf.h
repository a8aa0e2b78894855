/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_PROCESS_BPF_H
#define OCELLI_BPF_HOOK_PROCESS_BPF_H

/*
 * What the filters of policies ask of the process that makes the call. None of
 * it takes a scratch, and what is not known is 0.
 */

#include "bpf/identity.bpf.h"

/* In the innermost of its PID namespaces. */
__noinline u64 hook_nspid(void)
{
	struct task_struct *leader = bpf_get_current_task_btf()->group_leader;
	u32 inner = nspid_of(leader);

	return inner ? inner : (u32)leader->pid;
}

static __always_inline u32 pid_namespace(struct task_struct *leader)
{
	struct pid *pid = leader->thread_pid;

	if (!pid)
		return 0;
	if (pid->level == 0)
		return pid->numbers[0].ns->ns.inum;
	return BPF_CORE_READ(innermost_upid(leader), ns, ns.inum);
}

/* The inode of one of the thread's namespaces: enum exec_ns. */
__noinline u64 hook_namespace(u32 kind)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct nsproxy *ns = task->nsproxy;

	if (kind == EXEC_NS_USER)
		return task->cred->user_ns->ns.inum;
	if (kind == EXEC_NS_PID)
		return pid_namespace(task->group_leader);
	/* None any more on the way out (kernel/exit.c: exit_task_namespaces). */
	if (!ns)
		return 0;
	switch (kind) {
	case EXEC_NS_UTS:
		return ns->uts_ns->ns.inum;
	case EXEC_NS_IPC:
		return ns->ipc_ns->ns.inum;
	case EXEC_NS_MNT:
		return ns->mnt_ns->ns.inum;
	case EXEC_NS_PID_FOR_CHILDREN:
		return ns->pid_ns_for_children->ns.inum;
	case EXEC_NS_NET:
		return ns->net_ns->ns.inum;
	case EXEC_NS_TIME:
		return ns->time_ns->ns.inum;
	case EXEC_NS_TIME_FOR_CHILDREN:
		return ns->time_ns_for_children->ns.inum;
	case EXEC_NS_CGROUP:
		return ns->cgroup_ns->ns.inum;
	}
	return 0;
}

/* The effective, inheritable or permitted capabilities of the thread: 0, 1, 2. */
__noinline u64 hook_capabilities(u32 set)
{
	const struct cred *cred = bpf_get_current_task_btf()->cred;
	u64 v = 0;

	/* Read by address: kernel_cap_t has one member or another (include/linux/capability.h). */
	if (set == 0)
		bpf_probe_read_kernel(&v, sizeof(v), &cred->cap_effective);
	else if (set == 1)
		bpf_probe_read_kernel(&v, sizeof(v), &cred->cap_inheritable);
	else
		bpf_probe_read_kernel(&v, sizeof(v), &cred->cap_permitted);
	return v;
}

#endif
