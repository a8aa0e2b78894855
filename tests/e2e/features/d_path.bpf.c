// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

SEC("fentry/security_file_open")
int BPF_PROG(run, struct file *file)
{
	char text[64] = {};

	if (!ours() || file->f_inode->i_ino != shared.number)
		return 0;
	hit();
	bpf_d_path(&file->f_path, text, sizeof(text));
	__builtin_memcpy(shared.text, text, sizeof(text));
	return 0;
}
