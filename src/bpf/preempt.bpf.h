/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_PREEMPT_BPF_H
#define OCELLI_BPF_PREEMPT_BPF_H

#include <stdbool.h>

#include <bpf/bpf_helpers.h>

/*
 * From 7.0 on a task can be preempted while it is in a program on a tracepoint
 * (include/linux/tracepoint.h: __DO_TRACE(), srcu instead of preempt_disable()),
 * and what we keep for each CPU would be another's when it goes on. So programs
 * forbid it. bpf_preempt_disable() is there from 6.10 on (kernel/bpf/helpers.c);
 * before, tracepoints do it themselves.
 *
 * A preemption that is due then comes when it is allowed again, at the end of
 * the program but within it, and who comes to the same program on this CPU while
 * the task waits for its turn passes it by (kernel/trace/bpf_trace.c:
 * __bpf_trace_run()). Under load that is an event in fifty. Trace events still run
 * their programs without preemption around them (include/trace/perf.h:
 * perf_trace_##call), so there we use those: event.bpf.h.
 */
extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;

static __always_inline void forbid_preemption(void)
{
	if (bpf_preempt_disable)
		bpf_preempt_disable();
}

static __always_inline void allow_preemption(void)
{
	if (bpf_preempt_enable)
		bpf_preempt_enable();
}

#endif
