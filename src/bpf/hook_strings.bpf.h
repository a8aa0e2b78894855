/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_STRINGS_BPF_H
#define OCELLI_BPF_HOOK_STRINGS_BPF_H

/*
 * The arguments and the environment of the current process, for verdicts: they
 * are in its own memory, right after an exec as it was given them, later as it
 * has them by then. The code of a policy set brings the tests; here is who goes
 * from string to string.
 */

#include "abi/hook.h"
#include "bpf/hook_slot.bpf.h"
#include "bpf/verifier.bpf.h"

/* In its place is what a policy set says of the string in the second slot. */
__noinline int policy_classify_string(struct hook_scratch *s)
{
	barrier_var(s);
	return 0;
}

/* Returns whether there was one that could be read. */
static __always_inline bool classify_next(struct hook_scratch *s)
{
	struct hook_learning *l = &s->learning;
	long n = read_user_string(s->slot[1].bytes, HOOK_STRING_MAX, l->at);
	bool cut = n >= HOOK_STRING_MAX;

	/* Of an empty string some kernels say 0. */
	if (n < 0)
		return false;
	if (n == 0)
		n = 1;
	l->length = (s32)n - 1;
	if (!l->continues)
		policy_classify_string(s);
	/* There may be more of it: then that is what comes next. */
	l->at += cut ? n - 1 : n;
	l->continues = cut;
	if (!cut)
		l->index++;
	return true;
}

/* Begins with the first of these. */
__noinline int hook_begin_strings(struct hook_scratch *s, u32 which)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	bool env = which == HOOK_ENVIRONMENT;

	if (!s)
		return 0;
	s->learning.strings = which;
	s->learning.index = 0;
	s->learning.continues = 0;
	/* A thread of the kernel has none. */
	s->learning.at = env ? BPF_CORE_READ(mm, env_start) : BPF_CORE_READ(mm, arg_start);
	s->learning.end = env ? BPF_CORE_READ(mm, env_end) : BPF_CORE_READ(mm, arg_end);
	return 0;
}

/* Has the next HOOK_STRINGS_SOME classified. Returns 0 when there are more, 1 when these were all,
 * -1 when one cannot be read. */
__noinline int hook_some_strings(struct hook_scratch *s)
{
	if (!s)
		return -1;
	for (u32 i = 0; i < HOOK_STRINGS_SOME; i++) {
		if (s->learning.at >= s->learning.end)
			return 1;
		if (!classify_next(s))
			return -1;
	}
	return s->learning.at >= s->learning.end;
}

#endif
