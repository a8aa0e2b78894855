// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

/* Denies this process one file. */
SEC("lsm/file_open")
int BPF_PROG(run, struct file *file)
{
	if (!ours() || file->f_inode->i_ino != shared.number)
		return 0;
	hit();
	return -1;
}
