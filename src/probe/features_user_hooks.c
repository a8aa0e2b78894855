// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Where in programs and libraries BPF programs can be put. */
#include "base/cleanup.h"
#include "probe/hook.h"
#include "code/insn.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

/* Where the first argument of a function is in a uprobe's context, struct pt_regs. */
#if defined(__x86_64__)
#define FIRST_ARGUMENT ((int16_t)offsetof(struct user_regs_struct, rdi))
#elif defined(__aarch64__)
#define FIRST_ARGUMENT 0
#endif

#define OTHER_ARGUMENT 4711

static void probe_ref_ctr_offset(struct prober *p, const struct feature *feature,
				 struct finding *ret)
{
	static const struct program program = {
		.what = "a uprobe program", .type = BPF_PROG_TYPE_KPROBE, COUNTING_INSNS};
	unsigned short before = uprobe_semaphore;
	_cleanup_close_ int counter = trial_counter(p, ret), prog = -1, event = -1;

	if (counter < 0)
		return;
	prog = trial_load(p, &program, &counter, ret);
	if (prog < 0)
		return;
	event = open_uprobe(p, false, true, ret);
	if (event < 0 || set_event_program(p, event, prog, "a uprobe with a semaphore", ret) < 0)
		return;
	if (uprobe_semaphore > before)
		finding_present(ret, "the kernel raised the semaphore of a uprobe");
	else
		finding_absent(ret, 0, "the kernel left the semaphore of a uprobe at %u", before);
}

static void probe_regs_change(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const struct bpf_insn insns[] = {
		INSN_MOV(R2, OTHER_ARGUMENT),
		INSN_STORE(R1, FIRST_ARGUMENT, R2),
		INSN_RETURN(0),
	};
	static const struct program program = {
		.what = "a uprobe program changing a register",
		.type = BPF_PROG_TYPE_KPROBE,
		PROGRAM_INSNS(insns),
	};
	_cleanup_close_ int prog = trial_load(p, &program, NULL, ret), event = -1;
	unsigned long v;

	if (prog < 0)
		return;
	event = open_uprobe(p, false, false, ret);
	if (event < 0 || set_event_program(p, event, prog, "a uprobe", ret) < 0)
		return;
	v = call_own(0);
	if (v == OTHER_ARGUMENT)
		finding_present(ret, "a uprobe changed the argument of a function");
	else
		finding_absent(ret, 0, "a uprobe could not change the argument of a function");
}

static void probe_build_id(struct prober *p, const struct feature *feature, struct finding *ret)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1,
		.build_id = 1,
	};
	_cleanup_close_ int fd =
		(int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0)
		finding_present(ret, "perf_event_open takes build_id");
	else
		trial_failed(p, ret, errno, "perf_event_open with build_id");
}

static const struct hook uprobe = {
	.name = "a uprobe",
	.program = {.what = "a uprobe program", .type = BPF_PROG_TYPE_KPROBE, COUNTING_INSNS},
	.attach = attach_uprobe,
	.trigger = trigger_own,
};

static const struct hook uretprobe = {
	.name = "a uretprobe",
	.program = {.what = "a uretprobe program", .type = BPF_PROG_TYPE_KPROBE, COUNTING_INSNS},
	.on_return = true,
	.attach = attach_uprobe,
	.trigger = trigger_own,
};

static const struct hook uprobe_sleepable = {
	.name = "a uprobe.s",
	.program = {.what = "a uprobe.s program",
		    .type = BPF_PROG_TYPE_KPROBE,
		    .flags = BPF_F_SLEEPABLE,
		    COUNTING_INSNS},
	.attach = attach_uprobe,
	.trigger = trigger_own,
};

static const struct hook uprobe_multi = {
	.name = "a uprobe.multi",
	.program = {.what = "a uprobe.multi program",
		    .type = BPF_PROG_TYPE_KPROBE,
		    .attach_type = ATTACH_TRACE_UPROBE_MULTI,
		    COUNTING_INSNS},
	.attach = attach_uprobe_multi,
	.trigger = trigger_own,
};

static const struct hook uprobe_session = {
	.name = "a uprobe.session",
	.program = {.what = "a uprobe.session program",
		    .type = BPF_PROG_TYPE_KPROBE,
		    .attach_type = ATTACH_TRACE_UPROBE_SESSION,
		    COUNTING_INSNS},
	.attach = attach_uprobe_multi,
	.trigger = trigger_own,
};

static const struct feature rows[] = {
	{
		.name = "uprobe",
		.group = FEATURE_GROUP_USER_HOOKS,
		.title = "Functions of programs, on entry (uprobe)",
		.consequence = "Policies cannot hook functions of programs and libraries.",
		.remedy = "A kernel with CONFIG_UPROBE_EVENTS.",
		.probe = probe_hook,
		.subject = &uprobe,
	},
	{
		.name = "uretprobe",
		.group = FEATURE_GROUP_USER_HOOKS,
		.title = "Functions of programs, on return (uretprobe)",
		.consequence =
			"Policies cannot see what functions of programs and libraries return.",
		.remedy = "A kernel with CONFIG_UPROBE_EVENTS.",
		.probe = probe_hook,
		.subject = &uretprobe,
	},
	{
		.name = "uprobe_ref_ctr_offset",
		.group = FEATURE_GROUP_USER_HOOKS,
		.title = "Semaphores of USDT probes (ref_ctr_offset)",
		.consequence = "USDT probes that a program only fires when somebody listens stay "
			       "silent.",
		.remedy = "Linux 4.20 or later, with what uprobes need.",
		.reference = "uprobe_refctroff",
		.probe = probe_ref_ctr_offset,
	},
	{
		.name = "uprobe_multi",
		.group = FEATURE_GROUP_USER_HOOKS,
		.title = "Many functions of programs at once (uprobe.multi)",
		.consequence = "Policies on many functions of programs load slowly and take a "
			       "descriptor for each.",
		.remedy = "Linux 6.6 or later.",
		.reference = "uprobe_multi",
		.probe = probe_hook,
		.subject = &uprobe_multi,
	},
	{
		.name = "uprobe_session",
		.group = FEATURE_GROUP_USER_HOOKS,
		.title = "Entry and return of programs' functions in one (uprobe.session)",
		.consequence = "Policies that look at arguments and return values of programs' "
			       "functions take two programs for each.",
		.remedy = "Linux 6.13 or later.",
		.probe = probe_hook,
		.subject = &uprobe_session,
	},
	{
		.name = "uprobe_sleepable",
		.group = FEATURE_GROUP_USER_HOOKS,
		.title = "Functions of programs, where programs may wait for memory (uprobe.s)",
		.consequence = "Strings that are passed to functions of programs are not seen when "
			       "their page is not in memory.",
		.remedy = "Linux 6.0 or later.",
		.probe = probe_hook,
		.subject = &uprobe_sleepable,
	},
	{
		.name = "uprobe_regs_change",
		.group = FEATURE_GROUP_USER_HOOKS,
		.title = "Change of registers by uprobes",
		.consequence = "Policies cannot override what functions of programs are given or "
			       "return.",
		.remedy = "Linux 6.18 or later.",
		.reference = "uprobe_regs_change",
		.probe = probe_regs_change,
	},
	{
		.name = "perf_build_id",
		.group = FEATURE_GROUP_USER_HOOKS,
		.title = "Build ids of files that are mapped",
		.consequence = "Libraries that are loaded are told of without their build ids.",
		.remedy = "Linux 5.12 or later.",
		.reference = "buildid",
		.probe = probe_build_id,
	},
};

const struct feature_table feature_table_user_hooks = {rows, ARRAY_SIZE(rows)};
