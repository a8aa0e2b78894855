// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What can stop something from happening. Nothing is stopped here. */
#include "base/cleanup.h"
#include "probe/hook.h"
#include "code/insn.h"

#include <errno.h>
#include <string.h>

/* The kernel's active security modules, separated by commas, in the order they are asked. */
#define ACTIVE_MODULES SECURITYFS "/lsm"

static bool lists_bpf(const char *modules)
{
	for (const char *name = modules; name; name = strchr(name, ',')) {
		name += *name == ',';
		if (!strncmp(name, "bpf", 3) && (name[3] == ',' || name[3] == '\0'))
			return true;
	}
	return false;
}

/* Whether it is there to be attached to, which may then be forbidden. */
static void probe_lsm_built(struct prober *p, const struct feature *feature, struct finding *ret)
{
	if (!p->btf)
		finding_unknown(ret, p->btf_error, "reading %s", VMLINUX_BTF);
	else if (trial_has_function(p, "bpf_lsm_" TARGET_LSM))
		finding_present(ret, "the kernel has a function bpf_lsm_%s()", TARGET_LSM);
	else
		finding_absent(ret, 0, "the kernel has no function bpf_lsm_%s()", TARGET_LSM);
}

/* A program of a security module attaches also where that module is not active: it has to run. */
static void probe_lsm_active(struct prober *p, const struct feature *feature, struct finding *ret)
{
	char modules[256];

	probe_hook(p, feature, ret);
	if (trial_read_security("lsm", modules, sizeof(modules)) < 0)
		return;
	str_appendf(&ret->evidence, "; %s in %s (%s)", lists_bpf(modules) ? "bpf is" : "bpf is not",
		    ACTIVE_MODULES, modules);
}

/* The program would override the system call if a number were not 0, which it is: that it could
 * is what the kernel looks at. */
static void probe_override_return(struct prober *p, const struct feature *feature,
				  struct finding *ret)
{
	static const struct bpf_insn insns[] = {
		INSN_LOAD_VALUE(R6, 0),
		INSN_LOAD(R6, R6, 0),
		INSN_JUMP_IF(BPF_JEQ, R6, 0, 2),
		INSN_MOV(R2, -EPERM),
		INSN_CALL(BPF_FUNC_override_return),
		INSN_RETURN(0),
	};
	static const struct program program = {
		.what = "a kprobe program calling bpf_override_return",
		.type = BPF_PROG_TYPE_KPROBE,
		PROGRAM_INSNS(insns),
	};
	_cleanup_close_ int number = trial_counter(p, ret), prog = -1, event = -1;

	if (number < 0)
		return;
	prog = trial_load(p, &program, &number, ret);
	if (prog < 0)
		return;
	event = open_kprobe(p, TARGET_SYSCALL, false, ret);
	if (event < 0 ||
	    set_event_program(p, event, prog, "a kprobe that overrides " TARGET_SYSCALL, ret) < 0)
		return;
	finding_present(ret, "a kprobe that could override %s was attached", TARGET_SYSCALL);
}

#define LSM_PROGRAM                               \
	{.what = "an lsm/" TARGET_LSM " program", \
	 .type = BPF_PROG_TYPE_LSM,               \
	 .attach_type = BPF_LSM_MAC,              \
	 .target = TARGET_LSM,                    \
	 COUNTING_INSNS}

static const struct hook lsm_attachable = {
	.name = "lsm/" TARGET_LSM,
	.program = LSM_PROGRAM,
	.attach = attach_tracing,
	.need_not_run = true,
};

static const struct hook lsm_active = {
	.name = "lsm/" TARGET_LSM,
	.program = LSM_PROGRAM,
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct hook lsm_sleepable = {
	.name = "lsm.s/" TARGET_LSM,
	.program = {.what = "an lsm.s/" TARGET_LSM " program",
		    .type = BPF_PROG_TYPE_LSM,
		    .attach_type = BPF_LSM_MAC,
		    .flags = BPF_F_SLEEPABLE,
		    .target = TARGET_LSM,
		    COUNTING_INSNS},
	.attach = attach_tracing,
	.need_not_run = true,
};

/* Returning 0 lets the function go ahead. */
static const struct hook fmod_ret = {
	.name = "fmod_ret/" TARGET_SECURITY,
	.program = {.what = "a fmod_ret/" TARGET_SECURITY " program",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_MODIFY_RETURN,
		    .target = TARGET_SECURITY,
		    COUNTING_INSNS},
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct hook fmod_ret_syscall = {
	.name = "fmod_ret/" TARGET_SYSCALL,
	.program = {.what = "a fmod_ret/" TARGET_SYSCALL " program",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_MODIFY_RETURN,
		    .target = TARGET_SYSCALL,
		    COUNTING_INSNS},
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct bpf_insn send_signal_insns[] = {
	INSN_MOV(R1, 0),
	INSN_CALL(BPF_FUNC_send_signal),
	INSN_RETURN(0),
};

static const struct bpf_insn send_signal_thread_insns[] = {
	INSN_MOV(R1, 0),
	INSN_CALL(BPF_FUNC_send_signal_thread),
	INSN_RETURN(0),
};

static const struct feature rows[] = {
	{
		.name = "lsm_built",
		.group = FEATURE_GROUP_DENY,
		.title = "BPF as a security module: built",
		.consequence =
			"Policies cannot deny what security modules are asked about; what is "
			"left is fmod_ret, overriding returns, and signals.",
		.remedy = "A kernel with CONFIG_BPF_LSM: Linux 5.7 or later.",
		.probe = probe_lsm_built,
	},
	{
		.name = "lsm_attachable",
		.group = FEATURE_GROUP_DENY,
		.title = "BPF as a security module: attachable",
		.consequence =
			"Policies cannot deny what security modules are asked about; what is "
			"left is fmod_ret, overriding returns, and signals.",
		.remedy = "A kernel with trampolines, as for fentry.",
		.probe = probe_hook,
		.subject = &lsm_attachable,
	},
	{
		.name = "lsm_active",
		.group = FEATURE_GROUP_DENY,
		.title = "BPF as a security module: active",
		.consequence =
			"Programs on the hooks of security modules load and attach, and never "
			"run: such a policy would deny nothing.",
		.remedy = "Boot with lsm= and the list in " ACTIVE_MODULES
			  " with bpf added at its end, "
			  "or a kernel with bpf in CONFIG_LSM. Where bpf is in that list, sysctl "
			  "kernel.ftrace_enabled=1.",
		.reference = "lsm",
		.probe = probe_lsm_active,
		.subject = &lsm_active,
	},
	{
		.name = "lsm_sleepable",
		.group = FEATURE_GROUP_DENY,
		.title = "BPF as a security module that may wait (lsm.s)",
		.consequence = "Policies on security hooks cannot use what has to wait: hashes of "
			       "files, memory of the process that is not there yet.",
		.remedy = "Linux 5.11 or later with CONFIG_BPF_LSM.",
		.probe = probe_hook,
		.subject = &lsm_sleepable,
	},
	{
		.name = "fmod_ret",
		.group = FEATURE_GROUP_DENY,
		.title = "Denial by functions of security modules (fmod_ret)",
		.consequence = "Policies on functions of the kernel can deny only where BPF is an "
			       "active security module; else they are left with signals.",
		.remedy = "A kernel with CONFIG_SECURITY and trampolines, as for fentry: Linux 5.7 "
			  "or "
			  "later.",
		.reference = "fmodret",
		.probe = probe_hook,
		.subject = &fmod_ret,
	},
	{
		.name = "fmod_ret_syscall",
		.group = FEATURE_GROUP_DENY,
		.title = "Denial of system calls (fmod_ret)",
		.consequence =
			"Policies on system calls cannot make them fail; they can deny what the "
			"call does at the security hook behind it, or send a signal.",
		.remedy =
			"Linux 7.2 or later with trampolines, as for fentry; before, from 5.7 on, "
			"a kernel with CONFIG_FUNCTION_ERROR_INJECTION, too.",
		.reference = "fmodret_syscall",
		.probe = probe_hook,
		.subject = &fmod_ret_syscall,
	},
	{
		.name = "override_return",
		.group = FEATURE_GROUP_DENY,
		.title = "Denial by kprobes (bpf_override_return)",
		.consequence = "The action Override of policies on system calls has to be done by "
			       "fmod_ret or a security hook, where there is one.",
		.remedy = "A kernel with CONFIG_BPF_KPROBE_OVERRIDE, which needs "
			  "CONFIG_FUNCTION_ERROR_INJECTION. No kernel of Debian has it.",
		.reference = "override_return",
		.probe = probe_override_return,
	},
	{
		.name = "send_signal",
		.group = FEATURE_GROUP_DENY,
		.title = "Signals to a process",
		.consequence = "Policies cannot kill or signal a process from within the kernel.",
		.remedy = "Linux 5.3 or later.",
		.reference = "signal",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a kprobe program calling bpf_send_signal",
				.type = BPF_PROG_TYPE_KPROBE,
				PROGRAM_INSNS(send_signal_insns),
			},
	},
	{
		.name = "send_signal_thread",
		.group = FEATURE_GROUP_DENY,
		.title = "Signals to a thread",
		.consequence =
			"Signals of policies may be delivered to another thread than the one "
			"that did it, after the call has returned there.",
		.remedy = "Linux 5.5 or later.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a kprobe program calling bpf_send_signal_thread",
				.type = BPF_PROG_TYPE_KPROBE,
				PROGRAM_INSNS(send_signal_thread_insns),
			},
	},
};

const struct feature_table feature_table_deny = {rows, ARRAY_SIZE(rows)};
