// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What process events need, and what they profit from: see src/bpf/process.bpf.c. */
#include "base/cleanup.h"
#include "probe/hook.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static void probe_bpf(struct prober *p, const struct feature *feature, struct finding *ret)
{
	if (p->refusal == ENOSYS || p->refusal == EINVAL)
		finding_absent(ret, p->refusal, "BPF_PROG_LOAD of a tracepoint program");
	else if (p->refusal)
		finding_unknown(ret, p->refusal, "BPF_PROG_LOAD of a tracepoint program");
	else
		finding_present(ret, "BPF_PROG_LOAD of a tracepoint program succeeded");
}

static void probe_btf_vmlinux(struct prober *p, const struct feature *feature, struct finding *ret)
{
	if (p->btf)
		finding_present(ret, "read %s", VMLINUX_BTF);
	else
		finding_absent(ret, p->btf_error, "reading %s", VMLINUX_BTF);
}

/* A program's variables are an array that both sides map, and its constants one that is frozen. */
static void probe_global_data(struct prober *p, const struct feature *feature, struct finding *ret)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const struct map spec = {.what = "a mappable array",
				 .type = BPF_MAP_TYPE_ARRAY,
				 .key_size = 4,
				 .value_size = 8,
				 .max_entries = 1,
				 .flags = BPF_F_MMAPABLE};
	_cleanup_close_ int fd = trial_map(p, &spec, ret);
	void *data;

	if (fd < 0)
		return;
	data = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED) {
		trial_failed(p, ret, errno, "mmap of a BPF array");
		return;
	}
	munmap(data, page);
	if (bpf_map_freeze(fd) < 0)
		trial_failed(p, ret, errno, "BPF_MAP_FREEZE of an array");
	else
		finding_present(ret, "created, mapped and froze a BPF array");
}

static void probe_ring_buffer(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const struct bpf_insn insns[] = {
		INSN_LOAD_MAP(R1, 0),
		INSN_MOV(R2, BPF_RB_AVAIL_DATA),
		INSN_CALL(BPF_FUNC_ringbuf_query),
		INSN_STORE(FP, -8, R0),
		INSN_LOAD_MAP(R1, 0),
		INSN_MOV_REG(R2, FP),
		INSN_ADD(R2, -8),
		INSN_MOV(R3, 8),
		INSN_MOV(R4, 0),
		INSN_CALL(BPF_FUNC_ringbuf_output),
		INSN_RETURN(0),
	};
	static const struct program program = {
		.what = "a raw tracepoint program writing to a ring buffer",
		.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		PROGRAM_INSNS(insns),
	};
	const struct map spec = {.what = "a ring buffer",
				 .type = BPF_MAP_TYPE_RINGBUF,
				 .max_entries = (uint32_t)sysconf(_SC_PAGESIZE)};
	_cleanup_close_ int ring = trial_map(p, &spec, ret);
	_cleanup_close_ int fd = -1;

	if (ring < 0)
		return;
	fd = trial_load(p, &program, &ring, ret);
	if (fd >= 0)
		finding_present(ret, "created a ring buffer and loaded a program that writes to "
				     "it");
}

/* Walks all tasks by a program, and returns what it counted, or a negative errno, which then is
 * what was found. */
static int64_t walk_tasks(struct prober *p, const struct program *program, struct finding *ret)
{
	_cleanup_close_ int counter = trial_counter(p, ret), prog = -1, link = -1, walk = -1;
	char byte;

	if (counter < 0)
		return counter;
	prog = trial_load(p, program, &counter, ret);
	if (prog < 0)
		return prog;
	link = bpf_link_create(prog, 0, BPF_TRACE_ITER, NULL);
	if (link < 0) {
		trial_failed(p, ret, errno, "BPF_LINK_CREATE of %s", program->what);
		return -ret->error;
	}
	walk = bpf_iter_create(link);
	if (walk < 0) {
		trial_failed(p, ret, errno, "BPF_ITER_CREATE of %s", program->what);
		return -ret->error;
	}
	if (read(walk, &byte, 1) < 0) {
		trial_failed(p, ret, errno, "reading %s", program->what);
		return -ret->error;
	}
	return (int64_t)trial_count(counter);
}

static void probe_task_iterator(struct prober *p, const struct feature *feature,
				struct finding *ret)
{
	static const struct program program = {
		.what = "an iter/task program",
		.type = BPF_PROG_TYPE_TRACING,
		.attach_type = BPF_TRACE_ITER,
		.target = "task",
		COUNTING_INSNS,
	};
	int64_t n = walk_tasks(p, &program, ret);

	if (n > 0)
		finding_present(ret, "%s was called for each task", program.what);
	else if (n == 0)
		finding_absent(ret, 0, "%s was not called", program.what);
}

#define OWN_MARK 0x0ce111
#define MARK_FOUND (1ULL << 32)

/*
 * Walks all tasks, and counts those, and, from MARK_FOUND up, those that have
 * our mark where we have it. That a walk may sleep shows in what it calls: 5.10
 * takes it for sleepable and then does not let it sleep (kernel/bpf/bpf_iter.c:
 * bpf_iter_run_prog).
 */
static int64_t walk_and_read(struct prober *p, struct finding *ret)
{
	static const volatile uint64_t mark = OWN_MARK;
	const struct bpf_insn insns[] = {
		INSN_LOAD(R6, R1, 8), /* struct bpf_iter__task: meta, task */
		INSN_LOAD_VALUE(R7, 0),
		INSN_MOV(R1, 1),
		INSN_ATOMIC_ADD(R7, 0, R1),
		INSN_JUMP_IF(BPF_JEQ, R6, 0, 14),
		INSN_STORE_IMM(FP, -8, 0),
		INSN_MOV_REG(R1, FP),
		INSN_ADD(R1, -8),
		INSN_MOV(R2, 8),
		INSN_LOAD_CONST(R3, (uintptr_t)&mark),
		INSN_MOV_REG(R4, R6),
		INSN_MOV(R5, 0),
		INSN_CALL(BPF_FUNC_copy_from_user_task),
		INSN_LOAD(R1, FP, -8),
		INSN_JUMP_IF(BPF_JNE, R1, OWN_MARK, 3),
		INSN_LOAD_CONST(R1, MARK_FOUND),
		INSN_ATOMIC_ADD(R7, 0, R1),
		INSN_RETURN(0),
	};
	const struct program program = {
		.what = "an iter.s/task program calling bpf_copy_from_user_task",
		.type = BPF_PROG_TYPE_TRACING,
		.attach_type = BPF_TRACE_ITER,
		.flags = BPF_F_SLEEPABLE,
		.target = "task",
		PROGRAM_INSNS(insns),
	};

	return walk_tasks(p, &program, ret);
}

static void probe_task_iterator_sleepable(struct prober *p, const struct feature *feature,
					  struct finding *ret)
{
	int64_t n = walk_and_read(p, ret);

	if (n > 0)
		finding_present(ret, "an iter.s/task program was called for each task");
	else if (n == 0)
		finding_absent(ret, 0, "an iter.s/task program was not called");
}

static void probe_copy_from_user_task(struct prober *p, const struct feature *feature,
				      struct finding *ret)
{
	int64_t n = walk_and_read(p, ret);

	if (n >= (int64_t)MARK_FOUND)
		finding_present(ret, "an iter.s/task program read our memory");
	else if (n >= 0)
		finding_absent(ret, 0, "an iter.s/task program could not read our memory");
}

static void probe_audit_loginuid(struct prober *p, const struct feature *feature,
				 struct finding *ret)
{
	if (trial_member(p, "task_struct", "loginuid") >= 0)
		finding_present(ret, "the kernel's task_struct has a loginuid");
	else if (access("/proc/self/loginuid", F_OK) == 0)
		finding_present(ret, "there is /proc/self/loginuid");
	else
		finding_absent(ret, 0, "neither task_struct nor /proc/self has a loginuid");
}

static const struct bpf_insn read_kernel_insns[] = {
	INSN_MOV_REG(R1, FP),
	INSN_ADD(R1, -8),
	INSN_MOV(R2, 8),
	INSN_MOV(R3, 0),
	INSN_CALL(BPF_FUNC_probe_read_kernel),
	INSN_RETURN(0),
};

static const struct bpf_insn read_user_insns[] = {
	INSN_MOV_REG(R1, FP),
	INSN_ADD(R1, -8),
	INSN_MOV(R2, 8),
	INSN_MOV(R3, 0),
	INSN_CALL(BPF_FUNC_probe_read_user),
	INSN_RETURN(0),
};

static const struct bpf_insn boot_time_insns[] = {
	INSN_CALL(BPF_FUNC_ktime_get_boot_ns),
	INSN_RETURN(0),
};

static const struct bpf_insn loop_insns[] = {
	INSN_MOV(R1, 10),
	INSN_LOAD_CALLBACK(R2, 7),
	INSN_MOV(R3, 0),
	INSN_MOV(R4, 0),
	INSN_CALL(BPF_FUNC_loop),
	INSN_RETURN(0),
	/* The callback. */
	INSN_RETURN(0),
};

static const struct hook tp_btf_hook = {
	.name = "tp_btf/sched_process_fork",
	.program = {.what = "a tp_btf/sched_process_fork program",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_TRACE_RAW_TP,
		    .target = "sched_process_fork",
		    COUNTING_INSNS},
	.attach = attach_tracing,
	.trigger = trigger_fork,
};

static const struct feature rows[] = {
	{
		.name = "bpf",
		.group = FEATURE_GROUP_PROCESS,
		.core = true,
		.title = "BPF programs for tracing",
		.consequence = "There are no events at all: everything ocelli knows comes from BPF "
			       "programs.",
		.remedy = "Be root, or have CAP_BPF and CAP_PERFMON; in a container, its seccomp "
			  "profile has to allow bpf(2). The kernel needs CONFIG_BPF_SYSCALL and "
			  "CONFIG_BPF_EVENTS.",
		.probe = probe_bpf,
	},
	{
		.name = "btf_vmlinux",
		.group = FEATURE_GROUP_PROCESS,
		.core = true,
		.title = "Types of the kernel (BTF)",
		.consequence = "There are no events at all: without the kernel's own types nothing "
			       "of ocelli can be loaded.",
		.remedy = "A kernel with CONFIG_DEBUG_INFO_BTF, and sysfs mounted at /sys.",
		.probe = probe_btf_vmlinux,
	},
	{
		.name = "tp_btf",
		.group = FEATURE_GROUP_PROCESS,
		.core = true,
		.title = "Tracepoints with typed arguments (tp_btf)",
		.consequence = "Processes that start, execute and end are not seen.",
		.remedy = "Linux 5.5 or later with CONFIG_BPF_EVENTS and BTF.",
		.probe = probe_hook,
		.subject = &tp_btf_hook,
	},
	{
		.name = "ring_buffer",
		.group = FEATURE_GROUP_PROCESS,
		.core = true,
		.title = "Ring buffer",
		.consequence = "Events do not get from the kernel to the agent.",
		.remedy = "Linux 5.8 or later.",
		.probe = probe_ring_buffer,
	},
	{
		.name = "global_data",
		.group = FEATURE_GROUP_PROCESS,
		.core = true,
		.title = "Variables of programs in shared memory",
		.consequence = "The BPF programs do not load, and there are no events.",
		.remedy = "Linux 5.5 or later.",
		.probe = probe_global_data,
	},
	{
		.name = "probe_read_kernel",
		.group = FEATURE_GROUP_PROCESS,
		.core = true,
		.title = "Reading of kernel memory",
		.consequence = "The BPF programs do not load, and there are no events.",
		.remedy = "Linux 5.5 or later, and lockdown not at confidentiality: boot with "
			  "lockdown=integrity, or without Secure Boot where that turns it on.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a raw tracepoint program calling bpf_probe_read_kernel",
				.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
				PROGRAM_INSNS(read_kernel_insns),
			},
	},
	{
		.name = "probe_read_user",
		.group = FEATURE_GROUP_PROCESS,
		.core = true,
		.title = "Reading of a process's own memory",
		.consequence = "The BPF programs do not load, and there are no events.",
		.remedy = "Linux 5.5 or later.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a raw tracepoint program calling bpf_probe_read_user",
				.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
				PROGRAM_INSNS(read_user_insns),
			},
	},
	{
		.name = "ktime_get_boot_ns",
		.group = FEATURE_GROUP_PROCESS,
		.core = true,
		.title = "Clock that goes on in suspend",
		.consequence = "The BPF programs do not load, and there are no events.",
		.remedy = "Linux 5.8 or later.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a raw tracepoint program calling bpf_ktime_get_boot_ns",
				.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
				PROGRAM_INSNS(boot_time_insns),
			},
	},
	{
		.name = "task_iterator",
		.group = FEATURE_GROUP_PROCESS,
		.core = true,
		.title = "Walk over all tasks",
		.consequence = "Processes that are older than the agent are not known.",
		.remedy = "Linux 5.8 or later with CONFIG_BPF_EVENTS and BTF.",
		.probe = probe_task_iterator,
	},
	{
		.name = "task_iterator_sleepable",
		.group = FEATURE_GROUP_PROCESS,
		.title = "Walk over all tasks that may wait for memory",
		.consequence =
			"Arguments and environment of processes that are older than the agent "
			"come from /proc, a moment after the rest, and can be those of a "
			"later image of the process.",
		.remedy = "Linux 5.18 or later.",
		.probe = probe_task_iterator_sleepable,
	},
	{
		.name = "copy_from_user_task",
		.group = FEATURE_GROUP_PROCESS,
		.title = "Reading of another process's memory",
		.consequence =
			"Arguments and environment of processes that are older than the agent "
			"come from /proc, a moment after the rest, and can be those of a "
			"later image of the process.",
		.remedy = "Linux 5.18 or later.",
		.probe = probe_copy_from_user_task,
	},
	{
		.name = "bpf_loop",
		.group = FEATURE_GROUP_PROCESS,
		.title = "Loops of any length (bpf_loop)",
		.consequence =
			"Paths of binaries and working directories end after 48 names, counted "
			"from the file upwards, and are marked as cut off.",
		.remedy = "Linux 5.17 or later.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a raw tracepoint program calling bpf_loop",
				.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
				.second_at = 8,
				PROGRAM_INSNS(loop_insns),
			},
	},
	{
		.name = "audit_loginuid",
		.group = FEATURE_GROUP_PROCESS,
		.title = "Login user and session of processes",
		.consequence = "Events do not tell who had logged in: auid stays unset.",
		.remedy = "A kernel with CONFIG_AUDIT.",
		.reference = "audit_loginuid",
		.probe = probe_audit_loginuid,
	},
};

const struct feature_table feature_table_process = {rows, ARRAY_SIZE(rows)};
