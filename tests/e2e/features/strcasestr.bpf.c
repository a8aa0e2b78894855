// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "feature.bpf.h"

extern int bpf_strcasestr(const char *s1, const char *s2) __ksym;

ON_CALL(run)
{
	char in[16] = "the needle", what[8] = "NEEDLE";

	if (!called(id))
		return 0;
	hit();
	shared.result = bpf_strcasestr(in, what);
	return 0;
}
