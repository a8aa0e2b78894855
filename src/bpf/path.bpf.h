/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_PATH_BPF_H
#define OCELLI_BPF_PATH_BPF_H

/*
 * Paths, walked up from the leaf across mounts to the root directory of the
 * process, as fs/d_path.c: prepend_path() does. bpf_d_path() is not allowed in
 * tracepoint programs. The names are appended as they come, each with a NUL;
 * turning them round is left to the reader.
 */

#include "abi/path.h"
#include "abi/record.h"
#include "bpf/verifier.bpf.h"

/* Components a path can have at most: PATH_MAX / 2. Without bpf_loop() (before 5.17) each is
 * verified on its own and the verifier's budget allows fewer. */
#define PATH_STEPS_MAX 2048
#define PATH_STEPS_UNROLLED 48

enum path_end {
	PATH_WALKING,
	PATH_COMPLETE,
	PATH_UNREACHABLE, /* ended in another tree than the root directory's */
	PATH_PSEUDO,      /* has no tree: memfd, pipe */
	PATH_TOO_DEEP,
};

/*
 * In map memory, not on the stack: what is loaded from there is an unknown
 * number to the verifier each time, so that one turn of the loop looks to it
 * like the next and it need not follow all of them.
 */
struct path_walk {
	u32 off;   /* where the next name goes */
	u32 limit; /* names beyond this offset are counted, not kept */
	u32 size;  /* of all names so far */
	u32 end;   /* enum path_end */
	struct path_place place;
};

struct exec_scratch {
	struct record_exec record;
	char data[EXEC_DATA_MAX];
	struct path_walk walk;
};

/* The two neighbours in struct dentry that each step needs, in one read. */
struct dentry_link {
	struct dentry *parent;
	u32 hash;
	u32 len;
	const unsigned char *name;
};

static __always_inline void read_link(struct dentry_link *link, struct dentry *dentry)
{
	const u32 parent_at = bpf_core_field_offset(struct dentry, d_parent);
	const u32 name_at = bpf_core_field_offset(struct dentry, d_name);

	if (name_at == parent_at + sizeof(link->parent)) {
		bpf_probe_read_kernel(link, sizeof(*link), (void *)dentry + parent_at);
		return;
	}
	bpf_probe_read_kernel(&link->parent, sizeof(link->parent), (void *)dentry + parent_at);
	bpf_probe_read_kernel(&link->hash, sizeof(*link) - sizeof(link->parent),
			      (void *)dentry + name_at);
}

static __always_inline void append_name(struct exec_scratch *s, const struct dentry_link *link)
{
	u32 len = link->len, off = s->walk.off;

	if (len > NAME_KEPT_MAX)
		len = NAME_KEPT_MAX;
	s->walk.size += len + 1;
	if (off >= s->walk.limit || !within(off, EXEC_DATA_MAX - NAME_KEPT_MAX - 1))
		return;
	bpf_probe_read_kernel(s->data + off, len, link->name);
	s->data[off + len] = '\0';
	s->walk.off = off + len + 1;
}

/*
 * One step towards the root. Returns PATH_WALKING, with the name of what it left
 * in @link, or nothing there when it went from a mount to what is below it; or
 * how the walk ended. What has no parent is PATH_PSEUDO, and has a name, too.
 */
static __always_inline enum path_end path_climb(struct path_place *p, struct dentry_link *link)
{
	struct dentry *dentry = p->dentry;
	struct vfsmount *mnt = p->mnt;

	link->name = NULL;
	if (dentry == p->root_dentry && mnt == p->root_mnt)
		return PATH_COMPLETE;
	if (dentry == p->mnt_root) {
		struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount || !above)
			return PATH_UNREACHABLE;
		mnt = (void *)above + bpf_core_field_offset(struct mount, mnt);
		p->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		p->mnt = mnt;
		p->mnt_root = BPF_CORE_READ(mnt, mnt_root);
		return PATH_WALKING;
	}
	read_link(link, dentry);
	if (!link->parent)
		return PATH_UNREACHABLE;
	if (link->parent == dentry)
		return PATH_PSEUDO;
	p->dentry = link->parent;
	return PATH_WALKING;
}

/* Returns whether it was the last step. */
static __always_inline bool path_step(struct exec_scratch *s)
{
	struct dentry_link link = {};
	enum path_end end = path_climb(&s->walk.place, &link);

	if (link.name && end != PATH_UNREACHABLE)
		append_name(s, &link);
	s->walk.end = end;
	return end != PATH_WALKING;
}

struct path_loop {
	struct exec_scratch *s;
};

static long path_turn(u32 i, struct path_loop *loop)
{
	return path_step(loop->s);
}

/* Appends the names of @mnt:@dentry to the data at @off; the root directory is set in ->walk.
 * Returns the new end of the data; ->walk says how it went. @can_loop: a constant, whether the
 * kernel has bpf_loop(). */
static __always_inline u32 path_append(struct exec_scratch *s, u32 off, struct vfsmount *mnt,
				       struct dentry *dentry, bool can_loop)
{
	struct path_loop loop = {s};
	struct path_walk *w = &s->walk;

	w->off = off;
	w->limit = off + PATH_KEPT_MAX;
	w->size = 0;
	w->end = PATH_WALKING;
	w->place.dentry = dentry;
	w->place.mnt = mnt;
	w->place.mnt_root = mnt->mnt_root;

	if (can_loop) {
		bpf_loop(PATH_STEPS_MAX, path_turn, &loop, 0);
	} else {
		for (u32 i = 0; i < PATH_STEPS_UNROLLED; i++)
			if (path_step(s))
				break;
	}
	if (w->end == PATH_WALKING)
		w->end = PATH_TOO_DEEP;
	return w->off;
}

/* Whether the directory entry was removed (include/linux/dcache.h: d_unhashed). */
static __always_inline bool path_deleted(struct dentry *dentry, struct dentry *mnt_root)
{
	return dentry != mnt_root && !dentry->d_hash.pprev;
}

#endif
