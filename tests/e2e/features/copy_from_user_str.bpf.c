// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

extern int bpf_copy_from_user_str(void *to, u32 size, const void *from, u64 flags) __ksym;

SEC("uprobe.s")
int run(void *ctx)
{
	char text[32] = {};

	if (!ours())
		return 0;
	hit();
	shared.result = bpf_copy_from_user_str(text, sizeof(text), (void *)shared.address, 0);
	__builtin_memcpy(shared.text, text, sizeof(text));
	return 0;
}
