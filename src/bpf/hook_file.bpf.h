/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_FILE_BPF_H
#define OCELLI_BPF_HOOK_FILE_BPF_H

/* Files that hooks come by, and their paths. */

#include "bpf/hook_slot.bpf.h"
#include "bpf/path.bpf.h"

/* Steps of a path that are verified one after the other, and how often that is done. */
#define WALK_STEPS 16
#define WALKS (PATH_STEPS_MAX / WALK_STEPS)

/* Puts a name before the others. Returns whether there was room. */
static __always_inline bool prepend_name(struct hook_walk *w, const struct dentry_link *link)
{
	u32 len = link->len, at = w->at;

	if (!within(len, NAME_KEPT_MAX))
		return false;
	at -= len + 1;
	/* Also with less than nothing left. The first byte stays free, for a NUL at the end. */
	if (at == 0 || !within(at, HOOK_NAMES_MAX - 1))
		return false;
	w->names[at] = '/';
	bpf_probe_read_kernel(w->names + at + 1, len, link->name);
	w->at = at;
	return true;
}

/* Goes on up the path. Returns whether it is over; ->walk says how. */
__noinline int hook_walk(struct hook_scratch *s)
{
	struct dentry_link link = {};

	if (!s)
		return 1;
	for (u32 i = 0; i < WALK_STEPS; i++) {
		enum path_end end = path_climb(&s->walk.place, &link);

		/* A file of no tree has one name; a tree that is not mounted has one for its
		 * root, which is no part of the path. */
		if (end == PATH_PSEUDO && (s->walk.at < HOOK_NAMES_MAX || !s->walk.place.mnt))
			link.name = NULL;
		if (link.name && link.len && !prepend_name(&s->walk, &link)) {
			s->walk.end = PATH_TOO_DEEP;
			return 1;
		}
		s->walk.end = end;
		if (end != PATH_WALKING)
			return 1;
	}
	return 0;
}

/* Of the path only the end is there. */
static __always_inline bool is_cut(const struct hook_walk *w)
{
	return w->end == PATH_WALKING || w->end == PATH_TOO_DEEP;
}

/* Puts the path from where the walk begins, with a NUL, to @to, which has HOOK_STRING_MAX bytes.
 * Returns its length; ->walk says how it went. */
static __always_inline int walk_path(struct hook_scratch *s, char *to)
{
	struct hook_walk *w = &s->walk;
	u32 at, len;

	w->at = HOOK_NAMES_MAX;
	w->end = PATH_WALKING;
	for (u32 i = 0; i < WALKS; i++)
		if (hook_walk(s))
			break;
	if (w->at == HOOK_NAMES_MAX) {
		w->at = HOOK_NAMES_MAX - 1;
		w->names[HOOK_NAMES_MAX - 1] = '/';
	}
	at = w->at;
	if (at == 0 || !within(at, HOOK_NAMES_MAX - 1))
		return -1;
	len = HOOK_NAMES_MAX - at;
	if (!within(len, HOOK_NAMES_MAX - 1))
		return -1;
	bpf_probe_read_kernel(to, len, w->names + at);
	to[len] = '\0';
	return (int)len;
}

static __always_inline struct file *file_of_fd(u32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd), *file = NULL;

	if (!table || fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

static __always_inline struct file *find_file(u64 from, u32 what)
{
	if (what == HOOK_FILE_FD)
		return file_of_fd((u32)from);
	if (what == HOOK_FILE_KIOCB)
		return BPF_CORE_READ((struct kiocb *)from, ki_filp);
	if (what == HOOK_FILE_BINPRM)
		return BPF_CORE_READ((struct linux_binprm *)from, file);
	return (void *)from;
}

/* Where the walk begins. Returns whether there is such a file. */
static __always_inline bool find_place(struct path_place *p, u64 from, u32 what)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct path *path = (void *)from;
	struct vfsmount *mnt;

	p->mnt = p->mnt_root = p->root_dentry = p->root_mnt = NULL;
	if (what == HOOK_FILE_DENTRY) {
		p->dentry = (void *)from;
		return true;
	}
	if (what != HOOK_FILE_PATH) {
		struct file *file = find_file(from, what);

		if (!file)
			return false;
		path = (void *)file + bpf_core_field_offset(struct file, f_path);
	}
	p->dentry = BPF_CORE_READ(path, dentry);
	mnt = BPF_CORE_READ(path, mnt);
	p->mnt = mnt;
	p->mnt_root = BPF_CORE_READ(mnt, mnt_root);
	p->root_dentry = BPF_CORE_READ(task, fs, root.dentry);
	p->root_mnt = BPF_CORE_READ(task, fs, root.mnt);
	return p->dentry && mnt;
}

__noinline int hook_read_file(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct value_file *head;
	struct dentry *dentry;
	struct inode *inode;
	int len;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	if ((what != HOOK_FILE_FD && !is_object(s, from)) ||
	    !find_place(&s->walk.place, from, what))
		return slot_fault(slot);
	dentry = s->walk.place.dentry;
	if (bpf_core_read(&inode, sizeof(inode), &dentry->d_inode))
		return slot_fault(slot);
	head = (void *)slot->bytes;
	len = walk_path(s, slot->bytes + sizeof(*head));
	if (len < 0)
		return slot_fault(slot);
	/* Of what is to be created there is none yet. */
	head->mode = inode ? BPF_CORE_READ(inode, i_mode) : 0;
	head->flags = is_cut(&s->walk) ? VALUE_FILE_UNRESOLVED : 0;
	slot->arg.size = sizeof(*head) + (u32)len + 1;
	slot->arg.status = head->flags ? HOOK_ARG_TRUNCATED : HOOK_ARG_READ;
	return len;
}

#endif
