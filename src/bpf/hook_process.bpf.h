/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_PROCESS_BPF_H
#define OCELLI_BPF_HOOK_PROCESS_BPF_H

/*
 * What the filters of policies ask of the process that makes the call. What is
 * not known is 0.
 */

#include "abi/hook.h"
#include "bpf/hook_file.bpf.h"
#include "bpf/hook_scratch.bpf.h"
#include "bpf/identity.bpf.h"
#include "bpf/ring.bpf.h"

/*
 * Pointers are followed by probe reads but for the first steps: a typed load takes
 * less time when it runs, but each time it is verified, the kernel looks for some
 * types by their names, one after the other through all of its BTF, which takes up
 * to a millisecond (kernel/bpf/btf.c: btf_nested_type_is_trusted, since 6.4).
 */

/* In the innermost of its PID namespaces. */
__noinline u64 hook_nspid(void)
{
	struct task_struct *leader = bpf_get_current_task_btf()->group_leader;
	u32 inner = nspid_of(leader);

	return inner ? inner : (u32)leader->pid;
}

static __always_inline u64 pid_namespace(struct task_struct *leader)
{
	struct pid *pid = leader->thread_pid;

	if (!pid)
		return 0;
	if (pid->level == 0)
		return pid->numbers[0].ns->ns.inum;
	return BPF_CORE_READ(innermost_upid(leader), ns, ns.inum);
}

static __always_inline u64 inode_at(void *owner, u32 at, u32 inum_at)
{
	void *ns = NULL;
	u32 inum = 0;

	bpf_probe_read_kernel(&ns, sizeof(ns), owner + at);
	bpf_probe_read_kernel(&inum, sizeof(inum), ns + inum_at);
	return inum;
}

#define INODE(owner, type, member, target)                     \
	inode_at((owner), bpf_core_field_offset(type, member), \
		 bpf_core_field_offset(target, ns.inum))

/* The inode of one of the thread's namespaces: enum exec_ns. */
__noinline u64 hook_namespace(u32 kind)
{
	struct task_struct *task = bpf_get_current_task_btf();
	void *ns;

	if (kind == EXEC_NS_USER)
		return INODE((void *)task->cred, struct cred, user_ns, struct user_namespace);
	if (kind == EXEC_NS_PID)
		return pid_namespace(task->group_leader);
	/* None any more on the way out (kernel/exit.c: exit_task_namespaces): then it is 0. */
	ns = task->nsproxy;
	switch (kind) {
	case EXEC_NS_UTS:
		return INODE(ns, struct nsproxy, uts_ns, struct uts_namespace);
	case EXEC_NS_IPC:
		return INODE(ns, struct nsproxy, ipc_ns, struct ipc_namespace);
	case EXEC_NS_MNT:
		return INODE(ns, struct nsproxy, mnt_ns, struct mnt_namespace);
	case EXEC_NS_PID_FOR_CHILDREN:
		return INODE(ns, struct nsproxy, pid_ns_for_children, struct pid_namespace);
	case EXEC_NS_NET:
		return INODE(ns, struct nsproxy, net_ns, struct net);
	case EXEC_NS_TIME:
		return INODE(ns, struct nsproxy, time_ns, struct time_namespace);
	case EXEC_NS_TIME_FOR_CHILDREN:
		return INODE(ns, struct nsproxy, time_ns_for_children, struct time_namespace);
	case EXEC_NS_CGROUP:
		return INODE(ns, struct nsproxy, cgroup_ns, struct cgroup_namespace);
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

/* The effective, real, saved or file system's user of the thread: 0 to 3. */
__noinline u64 hook_user(u32 which)
{
	const struct cred *cred = bpf_get_current_task_btf()->cred;

	return which == 0   ? BPF_CORE_READ(cred, euid.val)
	       : which == 1 ? BPF_CORE_READ(cred, uid.val)
	       : which == 2 ? BPF_CORE_READ(cred, suid.val)
			    : BPF_CORE_READ(cred, fsuid.val);
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

/* They stand for the kernel's bpf_rcu_read_lock() and _unlock(), since 6.2: sensor/library.c has
 * them called in programs that may sleep, and nothing in others. libbpf would read the types of the
 * whole kernel to find them, which the agent has read already. */
__noinline int kernel_rcu_read_lock(void)
{
	asm volatile("");
	return 0;
}

__noinline int kernel_rcu_read_unlock(void)
{
	asm volatile("");
	return 0;
}

/* What is stored with a task that is found by way of the current one. To the verifier that is a
 * task as long as RCU is held, which all programs do anyway but those that may sleep. */
#define STORED_WITH(map, task, flags)                                       \
	({                                                                  \
		void *_stored;                                              \
                                                                            \
		kernel_rcu_read_lock();                                     \
		_stored = bpf_task_storage_get(&(map), (task), 0, (flags)); \
		kernel_rcu_read_unlock();                                   \
		_stored;                                                    \
	})

/* Whether what was kept is of this image, with all that was born by @since. */
static __always_inline bool holds(const struct hook_verdicts *v, u64 since, u32 execs)
{
	return v && *(volatile u64 *)&v->generation >= since && v->execs == execs;
}

/* One word of what is kept of the current process, those about its parent behind its own; 0: what
 * was born by @since is not known yet. */
__noinline u64 hook_verdict(u32 word, u64 since)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_verdicts *v = STORED_WITH(hook_verdicts, task->group_leader, 0);
	u64 found;

	if (!holds(v, since, (u32)task->self_exec_id))
		return 0;
	if (!within(word, 2 * HOOK_WORDS - 1))
		return 0;
	found = ((volatile u64 *)v->own)[word];
	/* A program of older policies may be about to write theirs. */
	return *(volatile u64 *)&v->generation >= since ? found : 0;
}

/* From where the walk begins into the first slot. Returns its length with the NUL; negative when it
 * is longer than paths can be. */
static __always_inline int read_image_path(struct hook_scratch *s)
{
	int n = walk_path(s, s->slot[0].bytes);

	return n < 0 || is_cut(&s->walk) ? -1 : n + 1;
}

static __always_inline u64 pid_of(struct task_struct *leader, bool inner)
{
	if (inner)
		return (u32)BPF_CORE_READ(innermost_upid(leader), nr);
	return (u32)BPF_CORE_READ(leader, pid);
}

static __noinline int read_image(struct hook_scratch *s, u64 address)
{
	struct task_struct *task = (void *)address, *leader = BPF_CORE_READ(task, group_leader);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct path_place *w = &s->walk.place;
	struct vfsmount *mnt;
	struct file *exe;

	s->learning.task = address;
	s->learning.pid = pid_of(leader, false);
	s->learning.nspid = pid_of(leader, true);
	s->learning.path = 0;
	if (!mm)
		return 0;
	s->learning.path = -1;
	exe = BPF_CORE_READ(mm, exe_file);
	if (!exe || !fs)
		return 0;
	w->root_dentry = BPF_CORE_READ(fs, root.dentry);
	w->root_mnt = BPF_CORE_READ(fs, root.mnt);
	w->dentry = BPF_CORE_READ(exe, f_path.dentry);
	mnt = BPF_CORE_READ(exe, f_path.mnt);
	w->mnt = mnt;
	w->mnt_root = BPF_CORE_READ(mnt, mnt_root);
	s->learning.path = read_image_path(s);
	return 0;
}

/* What was kept of this image, if anything, into @to. Returns what of it is known: what was born by
 * then. Another may be writing it: then nothing is. */
static __always_inline u64 recall(u64 *to, const struct hook_verdicts *v, u32 execs)
{
	u64 since;

	if (!holds(v, 1, execs))
		return 0;
	since = *(volatile u64 *)&v->generation;
	for (u32 i = 0; i < HOOK_WORDS; i++)
		to[i] = ((const volatile u64 *)v->own)[i];
	return *(volatile u64 *)&v->generation == since ? since : 0;
}

static __always_inline void recall_parents(struct hook_learning *l, const struct hook_verdicts *v)
{
	for (u32 i = 0; i < HOOK_WORDS; i++)
		l->verdicts.parents[i] = ((const volatile u64 *)v->parents)[i];
}

/*
 * A name that execve(2) was given, made absolute, into the first slot. Returns
 * its length with the NUL, or -1 when it does not count: with ".." in it, it may
 * lead elsewhere than it says. The working directory is what it is now: another
 * thread may have changed it since the file was opened.
 */
static __noinline int read_name(struct hook_scratch *s, u64 from)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;
	struct path_place *w = &s->walk.place;
	char *to = s->slot[0].bytes, begin[2];
	struct vfsmount *mnt;
	u64 at = 0;
	long n;

	if (bpf_probe_read_kernel(begin, sizeof(begin), (void *)from))
		return -1;
	s->learning.relative = begin[0] != '/';
	if (s->learning.relative) {
		w->root_dentry = BPF_CORE_READ(fs, root.dentry);
		w->root_mnt = BPF_CORE_READ(fs, root.mnt);
		w->dentry = BPF_CORE_READ(fs, pwd.dentry);
		mnt = BPF_CORE_READ(fs, pwd.mnt);
		w->mnt = mnt;
		w->mnt_root = BPF_CORE_READ(mnt, mnt_root);
		at = walk_path(s, to);
		if (s->walk.end != PATH_COMPLETE || !within(at, HOOK_STRING_MAX - 1))
			return -1;
		if (at > 1)
			to[at++] = '/';
		if (begin[0] == '.' && begin[1] == '/')
			from += 2;
	}
	if (!within(at, HOOK_STRING_MAX - 1))
		return -1;
	n = bpf_probe_read_kernel_str(to + at, HOOK_STRING_MAX, (void *)from);
	if (n <= 1 || n + (long)at > HOOK_STRING_MAX)
		return -1;
	n += (long)at;
	__builtin_memcpy(s->needle, "/..", 3);
	return hook_find(s, offsetof(struct hook_scratch, slot[0].bytes), n, 3, 0) ? -1 : (int)n;
}

/* Goes on to the next name of what was executed: the one that execve(2) was called with, and of a
 * script that of the last of the interpreters that led to. Returns whether there is one. */
static __always_inline bool read_next_name(struct hook_scratch *s)
{
	struct hook_learning *l = &s->learning;
	struct linux_binprm *call = (void *)l->call;
	u64 name;

	if (!call || l->names > 1)
		return false;
	name = (u64)(l->names ? BPF_CORE_READ(call, interp) : BPF_CORE_READ(call, filename));
	if (l->names++ && name == (u64)BPF_CORE_READ(call, filename))
		return false;
	l->of = HOOK_OF_NAME;
	l->path = read_name(s, name);
	return true;
}

/* Begins with the current process, to learn what was born by @generation. @executed: it has just
 * done that; @call is struct linux_binprm where its names are wanted, too, else 0. */
__noinline int hook_learn(struct hook_scratch *s, u64 generation, u32 executed, u64 call)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_verdicts *kept;
	struct hook_learning *l;

	if (!s)
		return 0;
	l = &s->learning;
	l->steps = 0;
	l->of = HOOK_OF_ITSELF;
	l->since = l->before = 0;
	l->call = call;
	l->names = l->relative = 0;
	l->verdicts.execs = (u32)task->self_exec_id;
	l->verdicts.generation = generation;
	for (u32 i = 0; i < HOOK_WORDS; i++) {
		l->verdicts.own[i] = l->verdicts.parents[i] = HOOK_VALID | HOOK_KNOWN;
		l->stored[i] = HOOK_KNOWN;
		l->missing[i] = 0;
	}
	kept = STORED_WITH(hook_verdicts, task->group_leader, 0);
	if (executed) {
		l->before = recall(l->stored, kept, (u32)task->self_exec_id - 1);
	} else {
		l->since = recall(l->verdicts.own, kept, (u32)task->self_exec_id);
		if (kept && l->since)
			recall_parents(l, kept);
	}
	return read_image(s, (u64)task);
}

/* What the tests say of the image, and what was kept of it, into the verdicts of the process. */
static __always_inline void merge_image(struct hook_learning *l)
{
	u64 known = l->path < 0 ? ~HOOK_KNOWN : ~0ULL;
	u64 looked_at = l->of == HOOK_OF_IMAGE_BEFORE ? 0 : ~0ULL;
	u64 left = l->of == HOOK_OF_ANCESTOR ? 0 : ~0ULL;

	for (u32 i = 0; i < HOOK_WORDS && i < l->words; i++) {
		u64 fresh = l->fresh[i], sticky = l->sticky[i];
		u64 v = l->image[i] & fresh & looked_at;

		if (l->of == HOOK_OF_NAME) {
			l->verdicts.own[i] |= v;
			continue;
		}
		v |= l->stored[i] & l->missing[i] & ~fresh;
		l->missing[i] = fresh;
		if (l->of == HOOK_OF_ITSELF) {
			l->verdicts.own[i] = ((l->verdicts.own[i] & ~fresh) | v) & known;
			l->verdicts.parents[i] &= ~fresh;
			continue;
		}
		l->verdicts.own[i] |= v & sticky;
		l->verdicts.parents[i] |= v & (sticky | left);
		/* Of the parent it counts whether it is known what it executes. */
		l->verdicts.parents[i] &= (known & (l->stored[i] | ~HOOK_KNOWN)) | ~left;
	}
}

/* What was kept of the parent, if that is more than is known. */
static __always_inline void recall_parent(struct hook_learning *l)
{
	struct task_struct *parent = NULL;
	struct hook_verdicts *v = STORED_WITH(
		hook_verdicts,
		parent = bpf_get_current_task_btf()->group_leader->real_parent->group_leader, 0);
	u64 since;

	if (!holds(v, l->since + 1, (u32)BPF_CORE_READ(parent, self_exec_id)))
		return;
	since = recall(l->stored, v, (u32)BPF_CORE_READ(parent, self_exec_id));
	if (since)
		l->since = since;
}

/*
 * Takes what the tests say of the image, and goes on to who has something to add:
 * its other names, the image before, the parent, up to @max ancestors. Returns whether there is
 * one.
 */
__noinline int hook_learn_more(struct hook_scratch *s, u32 max)
{
	struct task_struct *task, *leader;
	struct hook_learning *l;

	if (!s)
		return 0;
	l = &s->learning;
	merge_image(l);
	if (read_next_name(s))
		return 1;
	l->relative = 0;
	if (l->steps >= max)
		return 0;
	if (l->before) {
		l->of = HOOK_OF_IMAGE_BEFORE;
		l->since = l->before;
		l->before = 0;
		l->path = 0;
		return 1;
	}
	if (l->since >= l->verdicts.generation)
		return 0;
	task = (void *)l->task;
	leader = BPF_CORE_READ(task, group_leader, real_parent, group_leader);
	/* That is nobody's (init/init_task.c). */
	if (!BPF_CORE_READ(leader, pid))
		return 0;
	l->of = l->steps ? HOOK_OF_ANCESTOR : HOOK_OF_PARENT;
	if (!l->steps)
		recall_parent(l);
	l->steps++;
	read_image(s, (u64)leader);
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
	struct hook_verdicts *v;

	if (!s)
		return 0;
	v = STORED_WITH(hook_verdicts, bpf_get_current_task_btf()->group_leader,
			BPF_LOCAL_STORAGE_GET_F_CREATE);
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

/* For what the current process has just forked. */
__noinline int hook_inherit(struct hook_verdicts *child)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_verdicts *v = bpf_task_storage_get(&hook_verdicts, task->group_leader, 0, 0);

	u64 since;

	if (!child)
		return 0;
	/* Nobody has seen it yet. */
	since = recall(child->own, v, (u32)task->self_exec_id);
	for (u32 i = 0; i < HOOK_WORDS; i++)
		child->parents[i] = child->own[i];
	child->execs = (u32)task->self_exec_id;
	child->generation = since;
	return 0;
}

/* The numbers of another process: what hook_nspid() is of the current one, and its like. */
__noinline u64 hook_pid_of(u64 task, u32 inner)
{
	return pid_of(BPF_CORE_READ((struct task_struct *)task, group_leader), inner);
}

/* Of the group's leader, as are verdicts. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct hook_baseline);
} hook_baselines SEC(".maps");

static __always_inline void put_ns(struct hook_baseline *to, struct task_struct *task)
{
	void *ns = BPF_CORE_READ(task, nsproxy), *cred = (void *)BPF_CORE_READ(task, cred);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct upid *upid = innermost_upid(leader);
	u32 *v = to->ns;

	v[EXEC_NS_UTS] = INODE(ns, struct nsproxy, uts_ns, struct uts_namespace);
	v[EXEC_NS_IPC] = INODE(ns, struct nsproxy, ipc_ns, struct ipc_namespace);
	v[EXEC_NS_MNT] = INODE(ns, struct nsproxy, mnt_ns, struct mnt_namespace);
	v[EXEC_NS_PID] = BPF_CORE_READ(upid, ns, ns.inum);
	v[EXEC_NS_PID_FOR_CHILDREN] =
		INODE(ns, struct nsproxy, pid_ns_for_children, struct pid_namespace);
	v[EXEC_NS_NET] = INODE(ns, struct nsproxy, net_ns, struct net);
	v[EXEC_NS_TIME] = INODE(ns, struct nsproxy, time_ns, struct time_namespace);
	v[EXEC_NS_TIME_FOR_CHILDREN] =
		INODE(ns, struct nsproxy, time_ns_for_children, struct time_namespace);
	v[EXEC_NS_CGROUP] = INODE(ns, struct nsproxy, cgroup_ns, struct cgroup_namespace);
	v[EXEC_NS_USER] = INODE(cred, struct cred, user_ns, struct user_namespace);
}

static __always_inline void put_capabilities(struct hook_baseline *to, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);

	bpf_probe_read_kernel(&to->capabilities[0], sizeof(u64), &cred->cap_effective);
	bpf_probe_read_kernel(&to->capabilities[1], sizeof(u64), &cred->cap_inheritable);
	bpf_probe_read_kernel(&to->capabilities[2], sizeof(u64), &cred->cap_permitted);
}

/* As this task is now. */
__noinline int hook_take_baseline(struct hook_baseline *to, u64 address)
{
	struct task_struct *task = (void *)address;

	if (!to)
		return 0;
	put_ns(to, task);
	put_capabilities(to, task);
	to->execs = (u32)BPF_CORE_READ(task, self_exec_id);
	return 0;
}

/* That of the current process is from now on. */
__noinline int hook_begin_baseline(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_baseline *to =
		STORED_WITH(hook_baselines, task->group_leader, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (to)
		hook_take_baseline(to, bpf_get_current_task());
	return 0;
}

/* There is none of a process that is older than the policies: then it begins. */
static __always_inline struct hook_baseline *get_baseline(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_baseline *v = STORED_WITH(hook_baselines, task->group_leader, 0);

	if (v && v->execs == (u32)task->self_exec_id)
		return v;
	hook_begin_baseline();
	return NULL;
}

/* Of these namespaces (bits of enum exec_ns), those that are not the same any more. */
__noinline u64 hook_namespace_changes(u32 wanted)
{
	struct hook_baseline *v = get_baseline();
	u64 changed = 0;

	for (u32 i = 0; v && i < _EXEC_NS_MAX; i++) {
		u32 now = wanted >> i & 1 ? (u32)hook_namespace(i) : 0;

		if (now && now != v->ns[i])
			changed |= 1ULL << i;
	}
	return changed;
}

/* Those of a set that were gained or lost. */
__noinline u64 hook_capability_changes(u32 set)
{
	struct hook_baseline *v = get_baseline();

	if (!v || !within(set, 2))
		return 0;
	return v->capabilities[set] ^ hook_capabilities(set);
}

/* A change was told: HOOK_BASELINE_NS and its like say of what. */
__noinline int hook_renew_baseline(u32 parts)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_baseline *v = get_baseline();

	if (v && parts & HOOK_BASELINE_NS)
		put_ns(v, task);
	if (v && parts & HOOK_BASELINE_CAPABILITIES)
		put_capabilities(v, task);
	return 0;
}

#endif
