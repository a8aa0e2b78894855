// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Where in the kernel programs can be put. */
#include "base/cleanup.h"
#include "probe/hook.h"
#include "code/insn.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define COOKIE 0x0ce111

/* Counts its cookie. */
static const struct bpf_insn cookie_insns[] = {
	INSN_CALL(BPF_FUNC_get_attach_cookie),
	INSN_LOAD_VALUE(R1, 0),
	INSN_ATOMIC_ADD(R1, 0, R0),
	INSN_RETURN(0),
};

static void probe_kprobe_cookie(struct prober *p, const struct feature *feature,
				struct finding *ret)
{
	static const struct program program = {
		.what = "a kprobe program calling bpf_get_attach_cookie",
		.type = BPF_PROG_TYPE_KPROBE,
		PROGRAM_INSNS(cookie_insns),
	};
	_cleanup_close_ int counter = trial_counter(p, ret), prog = -1, event = -1, link = -1;
	uint64_t before;

	if (counter < 0)
		return;
	prog = trial_load(p, &program, &counter, ret);
	if (prog < 0)
		return;
	event = open_kprobe(p, TARGET_SYSCALL, false, ret);
	if (event < 0)
		return;
	link = link_event(p, event, prog, COOKIE, "a kprobe with a cookie", ret);
	if (link < 0)
		return;
	before = trial_count(counter);
	trigger_calls();
	if (trial_count(counter) >= before + COOKIE)
		finding_present(ret, "a kprobe's program was given its cookie");
	else
		finding_absent(ret, 0, "a kprobe's program ran without its cookie");
}

static void probe_btf_modules(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const char btf[] = "/sys/kernel/btf", loaded[] = "/proc/modules";
	const struct dirent *entry;
	char line[2];
	DIR *dir = opendir(btf);
	int modules = 0;

	if (!dir) {
		finding_absent(ret, errno, "opening %s", btf);
		return;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "vmlinux"))
			modules++;
	closedir(dir);
	if (modules > 0)
		finding_present(ret, "%s has the types of %d modules", btf, modules);
	else if (access(loaded, F_OK) < 0)
		finding_absent(ret, 0, "this kernel takes no modules");
	else if (trial_read_file(loaded, line, sizeof(line)) <= 0)
		finding_unknown(ret, 0, "no module is loaded");
	else
		finding_absent(ret, 0, "modules are loaded, and %s has the types of none", btf);
}

static const struct hook kprobe = {
	.name = "kprobe/" TARGET_SYSCALL,
	.program = {.what = "a kprobe program", .type = BPF_PROG_TYPE_KPROBE, COUNTING_INSNS},
	.place = TARGET_SYSCALL,
	.attach = attach_kprobe,
	.trigger = trigger_calls,
};

static const struct hook kretprobe = {
	.name = "kretprobe/" TARGET_SYSCALL,
	.program = {.what = "a kretprobe program", .type = BPF_PROG_TYPE_KPROBE, COUNTING_INSNS},
	.place = TARGET_SYSCALL,
	.on_return = true,
	.attach = attach_kprobe,
	.trigger = trigger_calls,
};

static const struct hook kprobe_multi = {
	.name = "kprobe.multi/" TARGET_SYSCALL,
	.program = {.what = "a kprobe.multi program",
		    .type = BPF_PROG_TYPE_KPROBE,
		    .attach_type = BPF_TRACE_KPROBE_MULTI,
		    COUNTING_INSNS},
	.place = TARGET_SYSCALL,
	.attach = attach_kprobe_multi,
	.trigger = trigger_calls,
};

static const struct hook kprobe_session = {
	.name = "kprobe.session/" TARGET_SYSCALL,
	.program = {.what = "a kprobe.session program",
		    .type = BPF_PROG_TYPE_KPROBE,
		    .attach_type = ATTACH_TRACE_KPROBE_SESSION,
		    COUNTING_INSNS},
	.place = TARGET_SYSCALL,
	.attach = attach_kprobe_multi,
	.trigger = trigger_calls,
};

static const struct hook fentry = {
	.name = "fentry/" TARGET_SYSCALL,
	.program = {.what = "a fentry/" TARGET_SYSCALL " program",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_TRACE_FENTRY,
		    .target = TARGET_SYSCALL,
		    COUNTING_INSNS},
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct hook fexit = {
	.name = "fexit/" TARGET_SYSCALL,
	.program = {.what = "a fexit/" TARGET_SYSCALL " program",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_TRACE_FEXIT,
		    .target = TARGET_SYSCALL,
		    COUNTING_INSNS},
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct hook fsession = {
	.name = "fsession/" TARGET_SYSCALL,
	.program = {.what = "a fsession/" TARGET_SYSCALL " program",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = ATTACH_TRACE_FSESSION,
		    .target = TARGET_SYSCALL,
		    COUNTING_INSNS},
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct hook fentry_sleepable = {
	.name = "fentry.s/" TARGET_SYSCALL,
	.program = {.what = "a fentry.s/" TARGET_SYSCALL " program",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_TRACE_FENTRY,
		    .flags = BPF_F_SLEEPABLE,
		    .target = TARGET_SYSCALL,
		    COUNTING_INSNS},
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct hook tracepoint = {
	.name = "tracepoint/sched/sched_process_fork",
	.program = {.what = "a tracepoint program",
		    .type = BPF_PROG_TYPE_TRACEPOINT,
		    COUNTING_INSNS},
	.place = "sched/sched_process_fork",
	.attach = attach_tracepoint,
	.trigger = trigger_fork,
};

static const struct hook raw_tracepoint = {
	.name = "raw_tp/sched_process_fork",
	.program = {.what = "a raw tracepoint program",
		    .type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		    COUNTING_INSNS},
	.place = "sched_process_fork",
	.attach = attach_raw_tracepoint,
	.trigger = trigger_fork,
};

static const struct hook syscall_enter = {
	.name = "tp_btf/sys_enter",
	.program = {.what = "a tp_btf/sys_enter program",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_TRACE_RAW_TP,
		    .target = "sys_enter",
		    COUNTING_INSNS},
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct feature rows[] = {
	{
		.name = "tracepoint",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Tracepoints",
		.consequence =
			"Policies cannot hook the kernel's tracepoints by their formats; from "
			"Linux 7.0 on, some process events are missed under load.",
		.remedy = "A kernel with CONFIG_BPF_EVENTS and CONFIG_FTRACE; lockdown not at "
			  "confidentiality.",
		.probe = probe_hook,
		.subject = &tracepoint,
	},
	{
		.name = "raw_tracepoint",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Raw tracepoints",
		.consequence = "Policies cannot hook the kernel's tracepoints by their arguments.",
		.remedy = "A kernel with CONFIG_BPF_EVENTS.",
		.probe = probe_hook,
		.subject = &raw_tracepoint,
	},
	{
		.name = "syscall_tracepoints",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Tracepoints of all system calls",
		.consequence =
			"Policies cannot hook system calls where the kernel has neither kprobes "
			"nor trampolines.",
		.remedy = "A kernel with CONFIG_TRACEPOINTS and CONFIG_BPF_EVENTS.",
		.probe = probe_hook,
		.subject = &syscall_enter,
	},
	{
		.name = "kprobe",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Kernel functions, on entry (kprobe)",
		.consequence =
			"Policies reach functions of the kernel through trampolines (fentry) "
			"only, where it has them.",
		.remedy = "A kernel with CONFIG_KPROBE_EVENTS, and lockdown not at "
			  "confidentiality.",
		.probe = probe_hook,
		.subject = &kprobe,
	},
	{
		.name = "kretprobe",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Kernel functions, on return (kretprobe)",
		.consequence =
			"Policies see what functions of the kernel return through trampolines "
			"(fexit) only, where it has them.",
		.remedy = "A kernel with CONFIG_KPROBE_EVENTS and CONFIG_KRETPROBES, and lockdown "
			  "not "
			  "at confidentiality.",
		.probe = probe_hook,
		.subject = &kretprobe,
	},
	{
		.name = "kprobe_cookie",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Cookies of kprobes",
		.consequence =
			"A program on several kernel functions cannot tell which one it is on; "
			"each function takes a program of its own.",
		.remedy = "Linux 5.15 or later, with what kprobes need.",
		.probe = probe_kprobe_cookie,
	},
	{
		.name = "kprobe_multi",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Many kernel functions at once (kprobe.multi)",
		.consequence =
			"Policies on many functions load and unload slowly: each is attached "
			"for itself.",
		.remedy = "Linux 5.18 or later with CONFIG_FPROBE.",
		.reference = "kprobe_multi",
		.probe = probe_hook,
		.subject = &kprobe_multi,
	},
	{
		.name = "kprobe_session",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Entry and return in one program (kprobe.session)",
		.consequence =
			"Policies that look at arguments and return values take two programs "
			"for each function.",
		.remedy = "Linux 6.10 or later with CONFIG_FPROBE.",
		.probe = probe_hook,
		.subject = &kprobe_session,
	},
	{
		.name = "fentry",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Trampolines, on entry (fentry)",
		.consequence =
			"Policies reach functions of the kernel by kprobes, which cost several "
			"times as much for each call.",
		.remedy = "A kernel with CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS and BTF: Linux "
			  "5.5 or "
			  "later, on arm64 6.4 or later.",
		.reference = "fentry",
		.probe = probe_hook,
		.subject = &fentry,
	},
	{
		.name = "fexit",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Trampolines, on return (fexit)",
		.consequence =
			"Policies see what functions of the kernel return by kretprobes, which "
			"cost several times as much and are missed when many calls are under "
			"way.",
		.remedy = "As for fentry.",
		.probe = probe_hook,
		.subject = &fexit,
	},
	{
		.name = "fsession",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Entry and return in one trampoline (fsession)",
		.consequence =
			"Policies that look at arguments and return values take two programs "
			"for each function.",
		.remedy = "Linux 7.2 or later, with what fentry needs.",
		.probe = probe_hook,
		.subject = &fsession,
	},
	{
		.name = "fentry_sleepable",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Trampolines on system calls that may wait for memory (fentry.s)",
		.consequence =
			"Strings that a process passes to a system call are not seen there when "
			"their page is not in memory.",
		.remedy = "Linux 7.2 or later; before, from 5.10 on, a kernel with "
			  "CONFIG_FUNCTION_ERROR_INJECTION.",
		.probe = probe_hook,
		.subject = &fentry_sleepable,
	},
	{
		.name = "btf_modules",
		.group = FEATURE_GROUP_KERNEL_HOOKS,
		.title = "Types of kernel modules (BTF)",
		.consequence =
			"Policies cannot use the types and arguments of functions in modules.",
		.remedy = "Linux 5.11 or later with CONFIG_DEBUG_INFO_BTF_MODULES.",
		.probe = probe_btf_modules,
	},
};

const struct feature_table feature_table_kernel_hooks = {rows, ARRAY_SIZE(rows)};
