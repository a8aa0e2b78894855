/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_PROCESS_BPF_H
#define OCELLI_BPF_HOOK_PROCESS_BPF_H

/*
 * What the filters of policies ask of the process that makes the call. What is
 * not known is 0.
 */

#include "abi/hook.h"
#include "bpf/identity.bpf.h"
#include "bpf/path.bpf.h"
#include "bpf/ring.bpf.h"

/* What might have been told, and is not. */
static __always_inline void count_discarded(void)
{
	struct cpu_state *state = get_cpu_state();

	if (!state)
		return;
	state->ledger.produced[RECORD_HOOK]++;
	state->ledger.discarded[RECORD_HOOK]++;
}

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

/*
 * Verdicts: what tests say of the image of a process, and of its ancestors. They
 * are kept with the thread group's leader. The code of a policy set brings the
 * tests themselves; what they look at is found here.
 */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct hook_verdicts);
} hook_verdicts SEC(".maps");

static __always_inline bool holds(const struct hook_verdicts *v, u64 generation, u32 execs)
{
	return v && v->generation == generation && v->execs == execs;
}

/* One word of what is kept of the current process, those about its parent behind its own; 0: there
 * is none yet. */
__noinline u64 hook_verdict(u32 word, u64 generation)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_verdicts *v = bpf_task_storage_get(&hook_verdicts, task->group_leader, 0, 0);
	u64 found;

	if (!holds(v, generation, (u32)task->self_exec_id))
		return 0;
	if (!within(word, 2 * HOOK_WORDS - 1))
		return 0;
	found = ((volatile u64 *)v->own)[word];
	/* Another program may be about to write those of newer policies. */
	return *(volatile u64 *)&v->generation == generation ? found : 0;
}

/* Nobody else needs the record while the scratch is used for this. */
#define walk_of(s) ((struct path_walk *)((s)->data + sizeof((s)->data) / 2))

/* From the right to the left, so that it ends at PATH_KEPT_MAX. */
static __always_inline bool prepend_name(struct hook_scratch *s, const struct dentry_link *link)
{
	u32 len = link->len, off = walk_of(s)->off;

	if (len > NAME_KEPT_MAX)
		len = NAME_KEPT_MAX;
	if (off < len + 1)
		return false;
	off -= len + 1;
	if (!within(off, PATH_KEPT_MAX))
		return false;
	s->data[off] = '/';
	bpf_probe_read_kernel(s->data + off + 1, len, link->name);
	walk_of(s)->off = off;
	return true;
}

/* Returns whether it was the last. */
static __always_inline bool image_step(struct hook_scratch *s)
{
	struct dentry_link link = {};
	enum path_turn turn = path_up(walk_of(s), &link);

	if (turn == PATH_NAME && !prepend_name(s, &link)) {
		walk_of(s)->end = PATH_TOO_DEEP;
		return true;
	}
	return turn == PATH_END || walk_of(s)->end == PATH_PSEUDO;
}

struct image_loop {
	struct hook_scratch *s;
};

static long image_turn(u32 i, struct image_loop *loop)
{
	return image_step(loop->s);
}

/* From what the walk begins with to a string. Returns its length with the NUL; negative when it is
 * longer than paths can be. */
static __noinline int read_image_path(struct hook_scratch *s)
{
	struct image_loop loop = {s};
	struct path_walk *w = walk_of(s);
	u32 off, len;

	w->off = PATH_KEPT_MAX - 1;
	w->end = PATH_WALKING;
	s->data[PATH_KEPT_MAX - 1] = '\0';
	/* Which of them, is known when this is loaded; the other is not looked at. */
	if (bpf_core_enum_value_exists(enum bpf_func_id___probe, BPF_FUNC_loop)) {
		bpf_loop(PATH_STEPS_MAX, image_turn, &loop, 0);
	} else {
		for (u32 i = 0; i < PATH_STEPS_UNROLLED; i++)
			if (image_step(s))
				break;
	}
	off = w->off;
	if (w->end == PATH_WALKING || w->end == PATH_TOO_DEEP || !within(off, PATH_KEPT_MAX - 1))
		return -1;
	len = PATH_KEPT_MAX - off;
	if (!within(len, HOOK_STRING_MAX))
		return -1;
	bpf_probe_read_kernel(s->string[0], len, s->data + off);
	return (int)len;
}

static __always_inline void read_image(struct hook_scratch *s, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;
	struct path_walk *w = walk_of(s);
	struct file *exe;
	u32 inner;

	s->learning.pid = (u32)leader->pid;
	inner = nspid_of(leader);
	s->learning.nspid = inner ? inner : s->learning.pid;
	s->learning.path = 0;
	if (!mm)
		return;
	s->learning.path = -1;
	exe = mm->exe_file;
	if (!exe || !fs)
		return;
	w->root_dentry = fs->root.dentry;
	w->root_mnt = fs->root.mnt;
	w->dentry = exe->f_path.dentry;
	w->mnt = exe->f_path.mnt;
	w->mnt_root = exe->f_path.mnt->mnt_root;
	s->learning.path = read_image_path(s);
}

/* Begins with the current process. @executed: it has just done that. */
__noinline int hook_learn(struct hook_scratch *s, u64 generation, u32 executed)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_verdicts *before;
	struct hook_learning *l;

	if (!s)
		return 0;
	l = &s->learning;
	l->steps = 0;
	l->inherited = 0;
	l->verdicts.execs = (u32)task->self_exec_id;
	l->verdicts.generation = generation;
	__builtin_memset(l->verdicts.own, 0, sizeof(l->verdicts.own));
	__builtin_memset(l->verdicts.parents, 0, sizeof(l->verdicts.parents));
	read_image(s, task);
	if (!executed)
		return 0;
	before = bpf_task_storage_get(&hook_verdicts, task->group_leader, 0, 0);
	if (!holds(before, generation, (u32)task->self_exec_id - 1))
		return 0;
	l->inherited = 1;
	for (u32 i = 0; i < HOOK_WORDS; i++) {
		l->verdicts.own[i] = before->own[i];
		l->verdicts.parents[i] = before->own[i];
	}
	return 0;
}

static __always_inline u64 known(const struct hook_learning *l)
{
	return HOOK_VALID | (l->path < 0 ? 0 : HOOK_KNOWN);
}

static __always_inline void merge_image(struct hook_learning *l)
{
	u64 flags = known(l);

	for (u32 i = 0; i < HOOK_WORDS; i++) {
		u64 image = l->image[i], sticky = l->sticky[i];

		if (l->steps == 0) {
			l->verdicts.own[i] = (l->verdicts.own[i] & sticky) | image | flags;
			continue;
		}
		l->verdicts.own[i] |= image & sticky;
		if (l->steps == 1)
			l->verdicts.parents[i] = image | flags;
		else
			l->verdicts.parents[i] |= image & sticky;
	}
}

static __always_inline void merge_verdicts(struct hook_learning *l, const struct hook_verdicts *v)
{
	for (u32 i = 0; i < HOOK_WORDS; i++) {
		u64 sticky = l->sticky[i];

		l->verdicts.own[i] |= v->own[i] & sticky;
		if (l->steps == 1)
			l->verdicts.parents[i] = v->own[i];
		else
			l->verdicts.parents[i] |= v->own[i] & sticky;
	}
}

static __always_inline void no_parent(struct hook_learning *l)
{
	for (u32 i = 0; i < HOOK_WORDS; i++)
		l->verdicts.parents[i] = HOOK_VALID | HOOK_KNOWN;
}

/*
 * Takes what the tests say of the image, and goes on to the next of up to @max
 * ancestors. Returns whether there is one whose image is to be tested. It ends at
 * one whose verdicts are known.
 */
__noinline int hook_learn_more(struct hook_scratch *s, u32 max)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_learning *l;
	struct hook_verdicts *v;

	if (!s)
		return 0;
	l = &s->learning;
	merge_image(l);
	if (l->inherited || l->steps >= max)
		return 0;
	l->steps++;
	task = task->group_leader;
	for (u32 i = 0; i < HOOK_ANCESTORS && i < l->steps; i++)
		task = task->real_parent->group_leader;
	if (!task->pid) {
		/* That is nobody's (init/init_task.c). */
		if (l->steps == 1)
			no_parent(l);
		return 0;
	}
	v = bpf_task_storage_get(&hook_verdicts, task, 0, 0);
	if (holds(v, l->verdicts.generation, (u32)task->self_exec_id)) {
		merge_verdicts(l, v);
		return 0;
	}
	read_image(s, task);
	return 1;
}

/* Others may look at them meanwhile: what they see is either there or not. */
static __always_inline void keep(struct hook_verdicts *to, const u64 *own, const u64 *parents,
				 u32 execs, u64 generation)
{
	*(volatile u64 *)&to->generation = 0;
	to->execs = execs;
	for (u32 i = 0; i < HOOK_WORDS; i++) {
		((volatile u64 *)to->own)[i] = own[i];
		((volatile u64 *)to->parents)[i] = parents[i];
	}
	*(volatile u64 *)&to->generation = generation;
}

/* When there is no memory for them, or another is keeping his on this CPU (kernel/bpf/
 * bpf_task_storage.c: bpf_task_storage_trylock), nobody can ask for them. */
__noinline int hook_learnt(struct hook_scratch *s)
{
	struct task_struct *leader = bpf_get_current_task_btf()->group_leader;
	struct hook_verdicts *v;

	if (!s)
		return 0;
	v = bpf_task_storage_get(&hook_verdicts, leader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (v)
		keep(v, s->learning.verdicts.own, s->learning.verdicts.parents,
		     s->learning.verdicts.execs, s->learning.verdicts.generation);
	else
		count_discarded();
	return 0;
}

/* Whether this new task is a process of its own. */
__noinline int hook_is_process(u64 task)
{
	struct task_struct *child = (void *)task;

	return BPF_CORE_READ(child, pid) == BPF_CORE_READ(child, tgid);
}

/* Of what the current process has just forked. Its numbers are as they would be told, too. */
__noinline int hook_inherit(struct hook_verdicts *child, u64 generation)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_verdicts *v = bpf_task_storage_get(&hook_verdicts, task->group_leader, 0, 0);

	if (child && holds(v, generation, (u32)task->self_exec_id))
		keep(child, v->own, v->own, v->execs, generation);
	return 0;
}

/* The numbers of another task: what hook_nspid() is of the current one, and its like. */
__noinline u64 hook_pid_of(u64 task, u32 inner)
{
	struct task_struct *child = (void *)task, *leader = BPF_CORE_READ(child, group_leader);

	if (inner)
		return (u32)BPF_CORE_READ(innermost_upid(leader), nr);
	return (u32)BPF_CORE_READ(leader, pid);
}

#endif
