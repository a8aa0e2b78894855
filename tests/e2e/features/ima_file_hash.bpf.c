// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

struct linux_binprm___file {
	struct file *file;
} __attribute__((preserve_access_index));

/* Of what a child executes. */
SEC("lsm.s/bprm_committed_creds")
int BPF_PROG(run, struct linux_binprm___file *bprm)
{
	char hash[64] = {};

	if (!ours())
		return 0;
	hit();
	shared.result = bpf_ima_file_hash(bprm->file, hash, sizeof(hash));
	__builtin_memcpy(shared.text, hash, sizeof(hash));
	return 0;
}
