// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The floor: the same records as ocelli's, captured in the most direct way that
 * one current kernel allows, and nothing else. No older kernels, no ledger, no
 * limit of rate, no cgroup paths, no arguments beyond one page, no paths deeper
 * than 32 names. Memory of the kernel is read by plain loads where the verifier
 * knows the type, so without a call.
 */
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "floor.h"

#define PATH_STEPS 40

char LICENSE[] SEC("license") = "Dual BSD/GPL";

extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __ksym;

#define CAST(type, p) ((type *)bpf_rdonly_cast((p), bpf_core_type_id_kernel(type)))

struct scratch {
	struct record_exec record;
	char data[FLOOR_DATA_MAX + PATH_KEPT_MAX];
	/* Where the next name goes. In memory, what is known of it is forgotten, so that to the
	 * verifier one turn of the loop is like the other. */
	volatile u32 off;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, FLOOR_RING_BYTES);
} ring SEC(".maps");

/* Set here when the reader is woken, cleared by the reader: one is enough. */
__u32 woken SEC(".data.reader") = 0;

static __always_inline u64 wake(void)
{
	if (woken || bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < FLOOR_WAKE_BYTES)
		return BPF_RB_NO_WAKEUP;
	woken = 1;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void set_key(struct process_key *key, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	key->start = leader->start_boottime;
	key->pid = (u32)leader->pid;
	key->execs = (u32)task->self_exec_id;
}

static __always_inline struct upid *innermost(struct pid *pid)
{
	return CAST(struct upid, (void *)pid + bpf_core_field_offset(struct pid, numbers) +
					 (pid->level & 31) * bpf_core_type_size(struct upid));
}

static __always_inline u32 nspid_of(struct task_struct *leader)
{
	struct pid *pid = leader->thread_pid;

	return pid->level ? (u32)innermost(pid)->nr : (u32)leader->pid;
}

static __always_inline u64 cgroup_of(struct task_struct *task)
{
	return task->cgroups->dfl_cgrp->kn->id;
}

/* Appends the names of a path, leaf first. Returns the new end. */
static __always_inline u32 put_path(struct scratch *s, u32 from, enum exec_field field,
				    struct vfsmount *mnt, struct dentry *dentry,
				    struct fs_struct *fs)
{
	struct dentry *root = fs->root.dentry, *mnt_root = mnt->mnt_root;
	struct vfsmount *root_mnt = fs->root.mnt;
	u32 size;

	s->off = from;
	for (int i = 0; i < PATH_STEPS; i++) {
		struct dentry *parent;
		u32 off, len;

		if (dentry == root && mnt == root_mnt)
			break;
		if (dentry == mnt_root) {
			struct mount *mount =
				CAST(struct mount,
				     (void *)mnt - bpf_core_field_offset(struct mount, mnt));
			struct mount *above = mount->mnt_parent;

			if (above == mount)
				break;
			dentry = mount->mnt_mountpoint;
			mnt = &above->mnt;
			mnt_root = above->mnt.mnt_root;
			continue;
		}
		parent = dentry->d_parent;
		len = dentry->d_name.len;
		off = s->off;
		if (parent == dentry || off >= FLOOR_DATA_MAX)
			break;
		len &= NAME_KEPT_MAX;
		bpf_probe_read_kernel(s->data + off, len, dentry->d_name.name);
		s->data[off + len] = '\0';
		s->off = off + len + 1;
		dentry = parent;
	}
	size = s->off - from;
	s->record.field[field].kept = s->record.field[field].size = size;
	return s->off;
}

static __always_inline u32 put_string(struct scratch *s, u32 off, enum exec_field field,
				      const char *from)
{
	long n = 0;

	if (off <= FLOOR_DATA_MAX)
		n = bpf_probe_read_kernel_str(s->data + off, PATH_KEPT_MAX, from);
	if (n < 0 || n > PATH_KEPT_MAX)
		n = 0;
	s->record.field[field].kept = s->record.field[field].size = (u32)n;
	return off + (u32)n;
}

static __always_inline u32 put_argv(struct scratch *s, u32 off, struct mm_struct *mm)
{
	u64 from = mm->arg_start, size = mm->arg_end - from;
	u32 len = size < FLOOR_ARGV_MAX ? (u32)size : FLOOR_ARGV_MAX;

	s->record.field[EXEC_ARGV].size = (u32)size;
	if (off > FLOOR_DATA_MAX || bpf_probe_read_user(s->data + off, len, (void *)from))
		len = 0;
	s->record.field[EXEC_ARGV].kept = len;
	return off + len;
}

static __always_inline void set_cred(struct exec_cred *to, const struct cred *cred)
{
	to->uid = cred->uid.val;
	to->gid = cred->gid.val;
	to->suid = cred->suid.val;
	to->sgid = cred->sgid.val;
	to->euid = cred->euid.val;
	to->egid = cred->egid.val;
	to->fsuid = cred->fsuid.val;
	to->fsgid = cred->fsgid.val;
	to->securebits = cred->securebits;
	to->pad = 0;
	to->inheritable = cred->cap_inheritable.val;
	to->permitted = cred->cap_permitted.val;
	to->effective = cred->cap_effective.val;
	to->bounding = cred->cap_bset.val;
	to->ambient = cred->cap_ambient.val;
}

static __always_inline void set_namespaces(u32 *inum, struct nsproxy *ns, struct pid *pid,
					   const struct cred *cred)
{
	inum[EXEC_NS_UTS] = ns->uts_ns->ns.inum;
	inum[EXEC_NS_IPC] = ns->ipc_ns->ns.inum;
	inum[EXEC_NS_MNT] = ns->mnt_ns->ns.inum;
	inum[EXEC_NS_PID] = innermost(pid)->ns->ns.inum;
	inum[EXEC_NS_PID_FOR_CHILDREN] = ns->pid_ns_for_children->ns.inum;
	inum[EXEC_NS_NET] = ns->net_ns->ns.inum;
	inum[EXEC_NS_TIME] = ns->time_ns->ns.inum;
	inum[EXEC_NS_TIME_FOR_CHILDREN] = ns->time_ns_for_children->ns.inum;
	inum[EXEC_NS_CGROUP] = ns->cgroup_ns->ns.inum;
	inum[EXEC_NS_USER] = cred->user_ns->ns.inum;
}

static __always_inline void set_session(struct record_exec *record, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct tty_struct *tty = signal->tty;

	record->pgid = (u32)signal->pids[PIDTYPE_PGID]->numbers[0].nr;
	record->sid = (u32)signal->pids[PIDTYPE_SID]->numbers[0].nr;
	record->tty = 0;
	if (tty)
		record->tty = (u32)tty->driver->major << 20 |
			      (u32)(tty->driver->minor_start + tty->index);
	record->loginuid = ~0U;
	record->sessionid = ~0U;
	if (bpf_core_field_exists(task->loginuid)) {
		record->loginuid = task->loginuid.val;
		record->sessionid = task->sessionid;
	}
}

static __always_inline u32 deleted(struct dentry *dentry, struct vfsmount *mnt, u32 flag)
{
	return dentry != mnt->mnt_root && !dentry->d_hash.pprev ? flag : 0;
}

static __always_inline void set_exe(struct record_exec *record, struct file *exe)
{
	struct inode *inode = exe->f_inode;

	record->inode = inode->i_ino;
	record->links = inode->i_nlink;
	record->device = inode->i_sb->s_dev;
	record->magic = (u32)inode->i_sb->s_magic;
	record->old_permitted = exe->f_cred->cap_permitted.val;
	record->flags |= deleted(exe->f_path.dentry, exe->f_path.mnt, EXEC_EXE_DELETED);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(floor_fork, struct task_struct *caller, struct task_struct *child)
{
	struct record_fork *record;

	if (child->pid != child->tgid)
		return 0;
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record)
		return 0;
	record->record.type = RECORD_FORK;
	record->record.size = sizeof(*record);
	record->record.time = bpf_ktime_get_boot_ns();
	set_key(&record->child, child);
	set_key(&record->creator, caller);
	set_key(&record->parent, child->real_parent);
	record->cgroup_id = cgroup_of(child);
	record->nspid = nspid_of(child);
	record->uid = child->cred->euid.val;
	bpf_ringbuf_submit(record, wake());
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(floor_exec, struct task_struct *task, int old_tid, struct linux_binprm *bprm)
{
	struct task_struct *leader = task->group_leader;
	const struct cred *cred = task->cred;
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;
	struct record_exec *record;
	struct file *exe;
	u32 zero = 0, off = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &zero);

	if (!s || !mm || !fs)
		return 0;
	record = &s->record;
	exe = mm->exe_file;
	if (!exe)
		return 0;
	record->record.type = RECORD_EXEC;
	record->record.time = bpf_ktime_get_boot_ns();
	set_key(&record->process, task);
	set_key(&record->parent, leader->real_parent);
	set_cred(&record->cred, cred);
	record->cgroup_id = cgroup_of(task);
	record->flags = bprm->per_clear ? EXEC_PRIVILEGED : 0;
	record->tid = (u32)old_tid;
	record->nspid = nspid_of(leader);
	set_exe(record, exe);
	set_session(record, task);
	set_namespaces(record->ns, task->nsproxy, leader->thread_pid, cred);
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), leader->comm);
	record->flags |= deleted(fs->pwd.dentry, fs->pwd.mnt, EXEC_CWD_DELETED);

	off = put_string(s, off, EXEC_FILENAME, bprm->filename);
	off = put_path(s, off, EXEC_EXE, exe->f_path.mnt, exe->f_path.dentry, fs);
	off = put_path(s, off, EXEC_CWD, fs->pwd.mnt, fs->pwd.dentry, fs);
	record->field[EXEC_INTERP].kept = record->field[EXEC_INTERP].size = 0;
	if (bprm->interp != bprm->filename) {
		record->flags |= EXEC_SCRIPT;
		off = put_string(s, off, EXEC_INTERP, bprm->interp);
	}
	off = put_argv(s, off, mm);
	record->field[EXEC_ENV].kept = record->field[EXEC_ENV].size = 0;

	if (off > sizeof(s->data))
		return 0;
	record->record.size = sizeof(*record) + off;
	bpf_ringbuf_output(&ring, s, sizeof(*record) + off, wake());
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(floor_exit, struct task_struct *task, bool group_dead)
{
	struct task_struct *leader = task->group_leader;
	struct signal_struct *signal = task->signal;
	struct record_exit *record;

	if (!group_dead)
		return 0;
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record)
		return 0;
	record->record.type = RECORD_EXIT;
	record->record.size = sizeof(*record);
	record->record.time = bpf_ktime_get_boot_ns();
	set_key(&record->process, task);
	set_key(&record->parent, leader->real_parent);
	record->tid = (u32)task->pid;
	record->status = signal->flags & SIGNAL_GROUP_EXIT ? (u32)signal->group_exit_code
							   : (u32)leader->exit_code;
	record->uid = task->cred->euid.val;
	record->nspid = nspid_of(leader);
	record->cgroup_id = cgroup_of(task);
	record->threads = 0;
	record->pad = 0;
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), leader->comm);
	bpf_ringbuf_submit(record, wake());
	return 0;
}
