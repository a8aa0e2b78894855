/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_ABI_CONTROL_H
#define OCELLI_ABI_CONTROL_H

#include "abi/record.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* Set by the agent before the programs are loaded; constants to the verifier. */
struct config {
	__u32 capture_env;
	__u32 cgroup_v1_controller; /* enum cgroup_controller */
	__u64 throttle_events;      /* per cgroup and window; 0: no limit */
	__u64 throttle_window;      /* ns */
	__u64 wake_bytes;           /* backlog at which a reader that sleeps on a timer is woken */
};

/* Which hierarchy says what workload a process belongs to. */
enum cgroup_controller {
	CGROUP_UNIFIED,
	CGROUP_V1_MEMORY,
	CGROUP_V1_PIDS,
	CGROUP_V1_CPUSET,
};

/* Calls of execve(2) that can be under way at once: bpf/exec_call.bpf.h. A power of two. */
#define EXEC_CALLS 16384

/* How many cgroups are remembered. One that falls out is announced again when it comes back. */
#define CGROUPS_MAX 8192

/* What is remembered of a cgroup: above all the rate of its events. */
struct cgroup_state {
	__u64 window; /* number of the current one: time / length */
	__u64 count;  /* events in it */
	__u64 previous;
	__u32 throttled; /* set by the kernel side, taken back by the agent */
	__u32 announced; /* its path is in the ring, ahead of what names it */
};

/* How the reader of the ring sleeps; shared memory, written by both sides. */
struct reader_state {
	__u32 waiting; /* 1: wake it with the next event. The one who does sets 0 */
	__u32 hurried; /* 1: it has been woken over a backlog and is on its way */
	__u32 lost;    /* 1: a fork or an exec was ever not told of */
	__u32 process; /* the reader's own, as the kernel numbers it; 0: not known yet */
	__u64 start;   /* of that, as in struct process_key: another may get the number */
	__u64 gone;    /* 1: nobody reads any more; what policies enforce goes on */
};

/* What became of the records on the kernel side, per CPU. */
struct kernel_ledger {
	__u64 produced[_RECORD_MAX];  /* all that should have been written */
	__u64 full[_RECORD_MAX];      /* of these: the ring had no room */
	__u64 throttled[_RECORD_MAX]; /* of these: over the rate limit of their cgroup or policy */
	__u64 discarded[_RECORD_MAX]; /* of these: outdated before they were written */
	__u64 bare_execs; /* told without what only execve(2) knows: bpf/exec_call.bpf.h */
	__u64 own_hooks;  /* hits of the agent's own threads, which are not told of */
	__u64 unread;     /* values that hooks were to read, and could not */
};

/* What a CPU keeps for itself. */
struct cpu_state {
	struct kernel_ledger ledger;
	__u64 cgroup;     /* the last that was found to be announced … */
	__u64 generation; /* … when so many had been announced in all */
};

#pragma GCC diagnostic pop

#endif
