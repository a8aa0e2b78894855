/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_ABI_PATH_H
#define OCELLI_ABI_PATH_H

/* Where a walk up a path is, and where it ends; see bpf/path.bpf.h. User space knows no more of it
 * than how large it is. */
struct path_place {
	void *dentry;   /* struct dentry */
	void *mnt;      /* struct vfsmount */
	void *mnt_root; /* struct dentry */
	void *root_dentry;
	void *root_mnt;
};

#endif
