/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_IMAGE_BPF_H
#define OCELLI_BPF_IMAGE_BPF_H

/* Everything there is to say of a process and the image it runs, into an exec record. */

#include "bpf/cgroup.bpf.h"
#include "bpf/identity.bpf.h"
#include "bpf/path.bpf.h"

/* Reads user memory of the task in question: its own, or that of another one. */
typedef long (*read_user_fn)(void *to, u32 len, u64 from, struct task_struct *task);

static __always_inline void put_field(struct exec_scratch *s, enum exec_field field, u32 kept,
				      u32 size)
{
	s->record.field[field].kept = kept;
	s->record.field[field].size = size;
}

static __always_inline u32 put_string(struct exec_scratch *s, u32 off, enum exec_field field,
				      const char *from, u32 error_flag)
{
	long n;

	if (!within(off, EXEC_DATA_MAX - PATH_KEPT_MAX))
		return off;
	n = bpf_probe_read_kernel_str(s->data + off, PATH_KEPT_MAX, from);
	if (n < 0 || n > PATH_KEPT_MAX) {
		s->record.flags |= error_flag;
		n = 0;
	}
	put_field(s, field, n, n);
	return off + n;
}

static __always_inline u32 put_path(struct exec_scratch *s, u32 off, enum exec_field field,
				    struct vfsmount *mnt, struct dentry *dentry, bool can_loop)
{
	u32 end = path_append(s, off, mnt, dentry, can_loop);

	/* Names beyond the walk's last step are not counted: at least one. */
	put_field(s, field, end - off, s->walk.size + (s->walk.end == PATH_TOO_DEEP));
	return end;
}

static __always_inline void put_cred(struct exec_scratch *s, const struct cred *cred)
{
	/* Neighbours in struct cred, in our order: the ids with the securebits, then the five
	 * capability sets (include/linux/cred.h, 5.10 to 7.x). */
	bpf_probe_read_kernel(&s->record.cred.uid, 9 * sizeof(u32), &cred->uid);
	bpf_probe_read_kernel(&s->record.cred.inheritable, 5 * sizeof(u64), &cred->cap_inheritable);
	s->record.cred.pad = 0;
}

static __always_inline void put_namespaces(struct exec_scratch *s, struct task_struct *task,
					   struct task_struct *leader, const struct cred *cred)
{
	struct nsproxy *ns = task->nsproxy;
	struct pid *pid = leader->thread_pid;
	u32 *inum = s->record.ns;

	if (ns) {
		inum[EXEC_NS_UTS] = ns->uts_ns->ns.inum;
		inum[EXEC_NS_IPC] = ns->ipc_ns->ns.inum;
		inum[EXEC_NS_MNT] = ns->mnt_ns->ns.inum;
		inum[EXEC_NS_PID_FOR_CHILDREN] = ns->pid_ns_for_children->ns.inum;
		inum[EXEC_NS_NET] = ns->net_ns->ns.inum;
		inum[EXEC_NS_TIME] = ns->time_ns->ns.inum;
		inum[EXEC_NS_TIME_FOR_CHILDREN] = ns->time_ns_for_children->ns.inum;
		inum[EXEC_NS_CGROUP] = ns->cgroup_ns->ns.inum;
	} else {
		__builtin_memset(inum, 0, sizeof(s->record.ns));
	}
	inum[EXEC_NS_USER] = cred->user_ns->ns.inum;

	s->record.nspid = nspid_of(leader);
	if (!pid)
		inum[EXEC_NS_PID] = 0;
	else if (pid->level == 0)
		inum[EXEC_NS_PID] = pid->numbers[0].ns->ns.inum;
	else
		inum[EXEC_NS_PID] = BPF_CORE_READ(innermost_upid(leader), ns, ns.inum);
}

static __always_inline void put_session(struct exec_scratch *s, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct tty_struct *tty = signal->tty;

	s->record.pgid = (u32)signal->pids[PIDTYPE_PGID]->numbers[0].nr;
	s->record.sid = (u32)signal->pids[PIDTYPE_SID]->numbers[0].nr;
	s->record.tty = 0;
	if (tty) {
		struct tty_driver *driver = tty->driver;

		s->record.tty = (u32)driver->major << 20 | (u32)(driver->minor_start + tty->index);
	}
	s->record.loginuid = ~0U;
	s->record.sessionid = ~0U;
	if (bpf_core_field_exists(task->loginuid)) {
		s->record.loginuid = task->loginuid.val;
		s->record.sessionid = task->sessionid;
	}
}

static __always_inline u32 put_exe(struct exec_scratch *s, u32 off, struct file *exe, bool can_loop)
{
	struct inode *inode = exe->f_inode;
	struct super_block *sb = inode->i_sb;
	struct dentry *dentry = exe->f_path.dentry;
	struct vfsmount *mnt = exe->f_path.mnt;

	s->record.inode = inode->i_ino;
	s->record.links = inode->i_nlink;
	s->record.device = sb->s_dev;
	s->record.magic = sb->s_magic;
	off = put_path(s, off, EXEC_EXE, mnt, dentry, can_loop);
	if (s->walk.end == PATH_UNREACHABLE)
		s->record.flags |= EXEC_EXE_UNREACHABLE;
	else if (s->walk.end == PATH_PSEUDO)
		s->record.flags |= EXEC_EXE_PSEUDO;
	if (path_deleted(dentry, mnt->mnt_root))
		s->record.flags |= EXEC_EXE_DELETED;
	return off;
}

static __always_inline u32 put_cwd(struct exec_scratch *s, u32 off, struct fs_struct *fs,
				   bool can_loop)
{
	struct dentry *dentry = fs->pwd.dentry;
	struct vfsmount *mnt = fs->pwd.mnt;

	off = put_path(s, off, EXEC_CWD, mnt, dentry, can_loop);
	if (s->walk.end == PATH_UNREACHABLE || s->walk.end == PATH_PSEUDO)
		s->record.flags |= EXEC_CWD_UNREACHABLE;
	if (path_deleted(dentry, mnt->mnt_root))
		s->record.flags |= EXEC_CWD_DELETED;
	return off;
}

/* What of the user memory at @from does not fit into the exec record goes ahead of it. */
static __always_inline void put_chunks(struct exec_scratch *s, enum exec_field field, u64 from,
				       u32 size, read_user_fn read, struct task_struct *task)
{
	struct cpu_state *cpu = get_cpu_state();
	struct kernel_ledger *count = cpu ? &cpu->ledger : NULL;

	for (u32 i = 0; i < DATA_CHUNKS_MAX; i++) {
		u32 at = EXEC_INLINE_MAX + i * DATA_CHUNK, len;
		struct record_data *chunk;

		if (at >= size || !count)
			break;
		len = size - at;
		if (len > DATA_CHUNK)
			len = DATA_CHUNK;
		if (!within(len, DATA_CHUNK))
			break;
		count->produced[RECORD_DATA]++;
		chunk = bpf_ringbuf_reserve(&ring, sizeof(*chunk), 0);
		if (!chunk) {
			count->full[RECORD_DATA]++;
			break;
		}
		if (read(chunk->data, len, from + at, task)) {
			count->discarded[RECORD_DATA]++;
			bpf_ringbuf_discard(chunk, BPF_RB_NO_WAKEUP);
			break;
		}
		chunk->record.type = RECORD_DATA;
		chunk->record.size = sizeof(*chunk);
		chunk->record.time = s->record.record.time;
		chunk->process = s->record.process;
		chunk->field = field;
		chunk->offset = at;
		chunk->len = len;
		chunk->pad = 0;
		bpf_ringbuf_submit(chunk, wake_flags());
	}
}

static __always_inline u32 put_user(struct exec_scratch *s, u32 off, enum exec_field field,
				    u64 from, u64 to, u32 error_flag, read_user_fn read,
				    struct task_struct *task)
{
	u32 size, len;

	put_field(s, field, 0, 0);
	if (to <= from)
		return off;
	size = to - from > ~0U ? ~0U : (u32)(to - from);
	len = size;
	if (len > EXEC_INLINE_MAX) {
		put_chunks(s, field, from, size, read, task);
		len = EXEC_INLINE_MAX;
	}
	if (!within(len, EXEC_INLINE_MAX) || !within(off, EXEC_DATA_MAX - EXEC_INLINE_MAX))
		return off;
	if (read(s->data + off, len, from, task)) {
		s->record.flags |= error_flag;
		len = 0;
	}
	put_field(s, field, len, size);
	return off + len;
}

/* All but the file names that only an exec knows. Returns the new end of the data. */
static __always_inline u32 put_image(struct exec_scratch *s, u32 off, struct task_struct *task,
				     const struct cred *cred, bool can_loop)
{
	struct task_struct *leader = task->group_leader;
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;

	key_of(&s->record.process, task);
	key_of(&s->record.parent, leader->real_parent);
	put_cred(s, cred);
	put_namespaces(s, task, leader, cred);
	put_session(s, task);
	bpf_probe_read_kernel(s->record.comm, sizeof(s->record.comm), leader->comm);
	put_field(s, EXEC_EXE, 0, 0);
	put_field(s, EXEC_CWD, 0, 0);
	put_field(s, EXEC_ARGV, 0, 0);
	put_field(s, EXEC_ENV, 0, 0);

	if (fs) {
		struct file *exe = mm ? mm->exe_file : NULL;

		s->walk.place.root_dentry = fs->root.dentry;
		s->walk.place.root_mnt = fs->root.mnt;
		if (exe)
			off = put_exe(s, off, exe, can_loop);
		else if (mm)
			s->record.flags |= EXEC_ERROR_EXE;
		off = put_cwd(s, off, fs, can_loop);
	} else {
		s->record.flags |= EXEC_ERROR_CWD;
	}
	return off;
}

static __always_inline u32 put_strings(struct exec_scratch *s, u32 off, struct mm_struct *mm,
				       struct task_struct *task, read_user_fn read)
{
	off = put_user(s, off, EXEC_ARGV, mm->arg_start, mm->arg_end, EXEC_ERROR_ARGV, read, task);
	if (config.capture_env)
		off = put_user(s, off, EXEC_ENV, mm->env_start, mm->env_end, EXEC_ERROR_ENV, read,
			       task);
	return off;
}

#endif
