// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

struct bpf_iter_num {
	u64 opaque[1];
} __attribute__((aligned(8)));

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

ON_CALL(run)
{
	struct bpf_iter_num it;
	int *i;

	if (!called(id))
		return 0;
	hit();
	bpf_iter_num_new(&it, 0, 1000);
	while ((i = bpf_iter_num_next(&it)))
		shared.result += *i;
	bpf_iter_num_destroy(&it);
	return 0;
}
