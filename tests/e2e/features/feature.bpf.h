/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_TESTS_E2E_FEATURE_BPF_H
#define OCELLI_TESTS_E2E_FEATURE_BPF_H

/* What programs that prove one feature each have in common. */

#include "bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	unsigned long rax, rcx, rdx, rsi, rdi, orig_rax, rip, cs, eflags, rsp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	u64 regs[31], sp, pc, pstate;
};
struct pt_regs {
	struct user_pt_regs user;
};
#endif

#include <bpf/bpf_tracing.h>

#include "shared.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct shared shared = {};

static __always_inline bool ours(void)
{
	return (u32)(bpf_get_current_pid_tgid() >> 32) == shared.pid;
}

static __always_inline void hit(void)
{
	__sync_fetch_and_add(&shared.hits, 1);
}

/* What most helpers are called from: the tool makes this one system call. */
#define ON_CALL(name)           \
	SEC("tp_btf/sys_enter") \
	int BPF_PROG(name, struct pt_regs *regs, long id)

static __always_inline bool called(long id)
{
	return id == shared.syscall && ours();
}

#endif
