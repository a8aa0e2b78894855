/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_PROBE_HOOK_H
#define OCELLI_PROBE_HOOK_H

/*
 * Attaching a program that only counts, and making the kernel run it. That a
 * program can be attached proves little: LSM programs attach and never run
 * where "bpf" is not among the active security modules.
 */

#include "probe/trial.h"

/* What this architecture puts ahead of the names of functions that are system calls. */
#if defined(__x86_64__)
#define SYSCALL_PREFIX "__x64_sys_"
#elif defined(__aarch64__)
#define SYSCALL_PREFIX "__arm64_sys_"
#else
#error "which prefix do system calls have on this architecture?"
#endif

/* The kernel functions that hooks are tried on: rarely called by anyone, with nothing to lose by a
 * program that counts, and called by trigger_calls(). */
#define TARGET_SYSCALL SYSCALL_PREFIX "sched_getscheduler"
#define TARGET_SECURITY "security_task_getscheduler"
#define TARGET_LSM "capget"

/* Attach types that are newer than Debian 12's headers (include/uapi/linux/bpf.h). */
#define ATTACH_TRACE_UPROBE_MULTI 48   /* 6.6 */
#define ATTACH_TRACE_KPROBE_SESSION 56 /* 6.10 */
#define ATTACH_TRACE_UPROBE_SESSION 57 /* 6.13 */
#define ATTACH_TRACE_FSESSION 58       /* 7.2 */

struct hook {
	const char *name; /* "fentry/do_exit" */
	struct program program;
	const char *place; /* what to attach to, where the program does not say */
	bool on_return;
	bool need_not_run; /* attaching is all that is asked */

	/* Attaches @prog. Returns a descriptor whose closing detaches it, or a negative errno,
	 * which then is what was found. */
	int (*attach)(struct prober *p, const struct hook *hook, int prog, struct finding *ret);
	void (*trigger)(void); /* makes the kernel pass there */
};

/* A program that adds one to the first map's number and returns 0. */
extern const struct bpf_insn counting_insns[];
#define COUNTING_INSNS .insns = counting_insns, .n = 6

/* A probe: the hook that is the feature's subject can be attached, and its program runs. */
void probe_hook(struct prober *p, const struct feature *feature, struct finding *ret);

int attach_tracing(struct prober *p, const struct hook *hook, int prog, struct finding *ret);
int attach_raw_tracepoint(struct prober *p, const struct hook *hook, int prog, struct finding *ret);
int attach_tracepoint(struct prober *p, const struct hook *hook, int prog, struct finding *ret);
int attach_kprobe(struct prober *p, const struct hook *hook, int prog, struct finding *ret);
int attach_kprobe_multi(struct prober *p, const struct hook *hook, int prog, struct finding *ret);
int attach_uprobe(struct prober *p, const struct hook *hook, int prog, struct finding *ret);
int attach_uprobe_multi(struct prober *p, const struct hook *hook, int prog, struct finding *ret);

/* The function on kernel functions and security hooks above; a process that ends at once; the
 * function of our own that uprobes are put on. */
void trigger_calls(void);
void trigger_fork(void);
void trigger_own(void);

/* Calls the function that uprobes are put on. It returns what it is given. */
unsigned long call_own(unsigned long v);
/* The kernel counts here who listens there, when it is told to. In this program's file. */
extern volatile unsigned short uprobe_semaphore;

/* Opens an event of uprobes on that function, for this process only. With @semaphore, the kernel
 * counts in uprobe_semaphore. Returns a descriptor or a negative errno, as above. */
int open_uprobe(struct prober *p, bool on_return, bool semaphore, struct finding *ret);

/* Opens an event of kprobes on a kernel function. The same returns. */
int open_kprobe(struct prober *p, const char *function, bool on_return, struct finding *ret);

/* Has the program run on an event, @what in words. Returns 0 or a negative errno, as above. */
int set_event_program(struct prober *p, int event, int prog, const char *what, struct finding *ret);

/* Links the program to an event, with this cookie. Returns a descriptor, as above. */
int link_event(struct prober *p, int event, int prog, uint64_t cookie, const char *what,
	       struct finding *ret);

#endif
