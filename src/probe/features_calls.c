// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What programs can call: helpers and functions of the kernel. */
#include "base/cleanup.h"
#include "probe/hook.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

/* A typed tracepoint: what programs may call there they may call nearly everywhere. */
#define TYPED_TRACEPOINT(name)                                          \
	.what = "a tp_btf/sched_process_fork program calling " name,    \
	.type = BPF_PROG_TYPE_TRACING, .attach_type = BPF_TRACE_RAW_TP, \
	.target = "sched_process_fork"

/* Eight bytes of stack, cleared, and their address. Older verifiers want what is written to be
 * there before. */
#define STACK_INSNS(reg) INSN_STORE_IMM(FP, -8, 0), INSN_MOV_REG(reg, FP), INSN_ADD(reg, -8)

/* Counts when the call before it came to this. */
#define COUNT_IF_INSNS(op, v)                                                                \
	INSN_JUMP_IF(op, R0, v, 2), INSN_RETURN(0), INSN_LOAD_VALUE(R1, 0), INSN_MOV(R2, 1), \
		INSN_ATOMIC_ADD(R1, 0, R2), INSN_RETURN(0)

static const struct bpf_insn get_func_arg_insns[] = {
	INSN_MOV(R2, 0),
	STACK_INSNS(R3),
	INSN_CALL(BPF_FUNC_get_func_arg),
	COUNT_IF_INSNS(BPF_JEQ, 0),
};

static const struct bpf_insn get_func_ret_insns[] = {
	STACK_INSNS(R2),
	INSN_CALL(BPF_FUNC_get_func_ret),
	COUNT_IF_INSNS(BPF_JEQ, 0),
};

static const struct hook get_func_arg = {
	.name = "fentry/" TARGET_SYSCALL " with bpf_get_func_arg",
	.program = {.what = "a fentry/" TARGET_SYSCALL " program calling bpf_get_func_arg",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_TRACE_FENTRY,
		    .target = TARGET_SYSCALL,
		    PROGRAM_INSNS(get_func_arg_insns)},
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct hook get_func_ret = {
	.name = "fexit/" TARGET_SYSCALL " with bpf_get_func_ret",
	.program = {.what = "a fexit/" TARGET_SYSCALL " program calling bpf_get_func_ret",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_TRACE_FEXIT,
		    .target = TARGET_SYSCALL,
		    PROGRAM_INSNS(get_func_ret_insns)},
	.attach = attach_tracing,
	.trigger = trigger_calls,
};

static const struct bpf_insn attach_cookie_insns[] = {
	INSN_CALL(BPF_FUNC_get_attach_cookie),
	INSN_RETURN(0),
};

static const struct bpf_insn cgroup_id_insns[] = {
	INSN_CALL(BPF_FUNC_get_current_cgroup_id),
	INSN_RETURN(0),
};

static const struct bpf_insn write_user_insns[] = {
	INSN_MOV(R1, 0), STACK_INSNS(R2), INSN_MOV(R3, 8), INSN_CALL(BPF_FUNC_probe_write_user),
	INSN_RETURN(0),
};

static const struct bpf_insn copy_user_str_insns[] = {
	STACK_INSNS(R1), INSN_MOV(R2, 8),    INSN_MOV(R3, 0),
	INSN_MOV(R4, 0), INSN_CALL_KFUNC(0), INSN_RETURN(0),
};

static const struct bpf_insn iter_num_insns[] = {
	INSN_MOV_REG(R1, FP),
	INSN_ADD(R1, -8),
	INSN_MOV(R2, 0),
	INSN_MOV(R3, 10),
	INSN_CALL_KFUNC(0),
	/* The loop. */
	INSN_MOV_REG(R1, FP),
	INSN_ADD(R1, -8),
	INSN_CALL_KFUNC(1),
	INSN_JUMP_IF(BPF_JNE, R0, 0, -4),
	INSN_MOV_REG(R1, FP),
	INSN_ADD(R1, -8),
	INSN_CALL_KFUNC(2),
	INSN_RETURN(0),
};

static const struct bpf_insn task_from_pid_insns[] = {
	INSN_MOV(R1, 1),      INSN_CALL_KFUNC(0), INSN_JUMP_IF(BPF_JEQ, R0, 0, 2),
	INSN_MOV_REG(R1, R0), INSN_CALL_KFUNC(1), INSN_RETURN(0),
};

static const struct bpf_insn find_insns[] = {
	STACK_INSNS(R1),
	INSN_MOV_REG(R2, R1),
	INSN_CALL_KFUNC(0),
	INSN_RETURN(0),
};

/* A file that nobody else has, locked and allocated. */
static void trigger_file(void)
{
	_cleanup_close_ int fd = memfd_create("ocelli_probe", MFD_CLOEXEC);

	flock(fd, LOCK_SH | LOCK_NB);
	fallocate(fd, 0, 0, 1);
}

/* Tries a hook whose program gives the path of the file that is its first argument to a function,
 * which returns a length. */
static void probe_path(struct prober *p, const struct hook *hook, struct finding *ret,
		       struct bpf_insn call)
{
	int at = trial_member(p, "file", "f_path");
	const struct bpf_insn insns[] = {
		INSN_LOAD(R1, R1, 0),
		INSN_ADD(R1, at),
		INSN_STORE_IMM(FP, -32, 0),
		INSN_STORE_IMM(FP, -24, 0),
		INSN_STORE_IMM(FP, -16, 0),
		INSN_STORE_IMM(FP, -8, 0),
		INSN_MOV_REG(R2, FP),
		INSN_ADD(R2, -32),
		INSN_MOV(R3, 32),
		call,
		COUNT_IF_INSNS(BPF_JSGT, 0),
	};
	struct feature feature = {0};
	struct hook whole = *hook;

	if (at < 0) {
		finding_absent(ret, 0, "the kernel's types have no path of a file");
		return;
	}
	whole.program.insns = insns;
	whole.program.n = ARRAY_SIZE(insns);
	feature.subject = &whole;
	probe_hook(p, &feature, ret);
}

static void probe_d_path(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const struct hook hook = {
		.name = "fentry/vfs_fallocate with bpf_d_path",
		.program = {.what = "a fentry/vfs_fallocate program calling bpf_d_path",
			    .type = BPF_PROG_TYPE_TRACING,
			    .attach_type = BPF_TRACE_FENTRY,
			    .target = "vfs_fallocate"},
		.attach = attach_tracing,
		.trigger = trigger_file,
	};

	probe_path(p, &hook, ret, (struct bpf_insn)INSN_CALL(BPF_FUNC_d_path));
}

/* Whether it runs there is another question: see lsm_active. */
static void probe_path_d_path(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const struct hook hook = {
		.name = "lsm/file_lock with bpf_path_d_path",
		.program = {.what = "an lsm/file_lock program calling bpf_path_d_path",
			    .type = BPF_PROG_TYPE_LSM,
			    .attach_type = BPF_LSM_MAC,
			    .target = "file_lock",
			    .kfuncs = {"bpf_path_d_path"}},
		.attach = attach_tracing,
		.need_not_run = true,
	};

	probe_path(p, &hook, ret, (struct bpf_insn)INSN_CALL_KFUNC(0));
}

static void probe_rdonly_cast(struct prober *p, const struct feature *feature, struct finding *ret)
{
	int32_t task = p->btf ? btf__find_by_name_kind(p->btf, "task_struct", BTF_KIND_STRUCT) : 0;
	const struct bpf_insn insns[] = {
		INSN_LOAD(R1, R1, 0),
		INSN_MOV(R2, task),
		INSN_CALL_KFUNC(0),
		INSN_RETURN(0),
	};
	const struct program program = {
		TYPED_TRACEPOINT("bpf_rdonly_cast"),
		.kfuncs = {"bpf_rdonly_cast"},
		PROGRAM_INSNS(insns),
	};
	_cleanup_close_ int prog = trial_load(p, &program, NULL, ret);

	if (prog >= 0)
		finding_present(ret, "BPF_PROG_LOAD of %s succeeded", program.what);
}

/* Its format has to be in a map that neither side can write to. */
static void probe_snprintf(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const struct bpf_insn insns[] = {
		STACK_INSNS(R1), INSN_MOV(R2, 8), INSN_LOAD_VALUE(R3, 0),
		INSN_MOV(R4, 0), INSN_MOV(R5, 0), INSN_CALL(BPF_FUNC_snprintf),
		INSN_RETURN(0),
	};
	static const struct program program = {
		.what = "a raw tracepoint program calling bpf_snprintf",
		.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		PROGRAM_INSNS(insns),
	};
	const char format[8] = "ocelli";
	const uint32_t key = 0;
	const struct map spec = {.what = "a read-only array",
				 .type = BPF_MAP_TYPE_ARRAY,
				 .key_size = 4,
				 .value_size = 8,
				 .max_entries = 1,
				 .flags = BPF_F_RDONLY_PROG};
	_cleanup_close_ int map = trial_map(p, &spec, ret);
	_cleanup_close_ int prog = -1;

	if (map < 0)
		return;
	if (bpf_map_update_elem(map, &key, format, BPF_ANY) < 0 || bpf_map_freeze(map) < 0) {
		trial_failed(p, ret, errno, "BPF_MAP_FREEZE of an array");
		return;
	}
	prog = trial_load(p, &program, &map, ret);
	if (prog >= 0)
		finding_present(ret, "BPF_PROG_LOAD of %s succeeded", program.what);
}

/* More than any errno: what a program notes is a result on top of it, and 0 that it did not run. */
#define RESULT_ZERO 4096

/* Has the kernel hash this program's file by the program whose instructions these are, on a hook
 * that hardly anybody passes: it asks about locks on whole files. */
static void probe_ima_hash(struct prober *p, const char *what, const struct bpf_insn *insns,
			   size_t n, struct finding *ret)
{
	const struct program program = {
		.what = what,
		.type = BPF_PROG_TYPE_LSM,
		.attach_type = BPF_LSM_MAC,
		.flags = BPF_F_SLEEPABLE,
		.target = "file_lock",
		.insns = insns,
		.n = n,
	};
	_cleanup_close_ int counter = trial_counter(p, ret), prog = -1, link = -1, file = -1;
	int result;

	if (counter < 0)
		return;
	prog = trial_load(p, &program, &counter, ret);
	if (prog < 0)
		return;
	link = bpf_raw_tracepoint_open(NULL, prog);
	if (link < 0) {
		trial_failed(p, ret, errno, "BPF_RAW_TRACEPOINT_OPEN of lsm.s/file_lock");
		return;
	}
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (file < 0 || flock(file, LOCK_SH | LOCK_NB) < 0) {
		finding_unknown(ret, errno, "locking our own file");
		return;
	}
	result = (int)trial_count(counter);
	if (result == 0)
		finding_absent(ret, 0, "lsm.s/file_lock attached, but did not run");
	else if (result < RESULT_ZERO)
		finding_absent(ret, RESULT_ZERO - result, "running %s", what);
	else
		finding_present(ret, "%s got a hash", what);
}

/* Notes R0. */
#define NOTE_RESULT_INSNS \
	INSN_ADD(R0, RESULT_ZERO), INSN_LOAD_VALUE(R1, 0), INSN_STORE(R1, 0, R0), INSN_RETURN(0)

static void probe_ima_file_hash(struct prober *p, const struct feature *feature,
				struct finding *ret)
{
	static const struct bpf_insn insns[] = {
		INSN_LOAD(R1, R1, 0),
		INSN_MOV_REG(R2, FP),
		INSN_ADD(R2, -64),
		INSN_MOV(R3, 64),
		INSN_CALL(BPF_FUNC_ima_file_hash),
		NOTE_RESULT_INSNS,
	};

	probe_ima_hash(p, "an lsm.s/file_lock program calling bpf_ima_file_hash", insns,
		       ARRAY_SIZE(insns), ret);
}

static void probe_ima_inode_hash(struct prober *p, const struct feature *feature,
				 struct finding *ret)
{
	int at = trial_member(p, "file", "f_inode");
	const struct bpf_insn insns[] = {
		INSN_LOAD(R1, R1, 0), INSN_LOAD(R1, R1, (int16_t)at),
		INSN_MOV_REG(R2, FP), INSN_ADD(R2, -64),
		INSN_MOV(R3, 64),     INSN_CALL(BPF_FUNC_ima_inode_hash),
		NOTE_RESULT_INSNS,
	};

	if (at < 0)
		finding_absent(ret, 0, "the kernel's types have no inode of a file");
	else
		probe_ima_hash(p, "an lsm.s/file_lock program calling bpf_ima_inode_hash", insns,
			       ARRAY_SIZE(insns), ret);
}

/* The kernel shows how many files it has measured, where it can measure any. */
static void probe_ima_active(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const char name[] = "ima/runtime_measurements_count";
	char count[32];
	int r = trial_read_security(name, count, sizeof(count));

	if (r >= 0)
		finding_present(ret, "there is " SECURITYFS "/%s", name);
	else if (r == -ENOENT)
		finding_absent(ret, 0, "there is no " SECURITYFS "/%s", name);
	else
		finding_unknown(ret, -r, "reading " SECURITYFS "/%s", name);
}

static const struct feature rows[] = {
	{
		.name = "get_current_cgroup_id",
		.group = FEATURE_GROUP_CALLS,
		.title = "Own cgroup (bpf_get_current_cgroup_id)",
		.consequence = "Nothing is lost: programs take it from the task struct.",
		.remedy = "Linux 5.7 or later, with cgroup v2.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				TYPED_TRACEPOINT("bpf_get_current_cgroup_id"),
				PROGRAM_INSNS(cgroup_id_insns),
			},
	},
	{
		.name = "get_attach_cookie",
		.group = FEATURE_GROUP_CALLS,
		.title = "Own cookie (bpf_get_attach_cookie)",
		.consequence =
			"A program on several functions cannot tell which one it is on; each "
			"function takes a program of its own.",
		.remedy = "Linux 5.15 or later.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a kprobe program calling bpf_get_attach_cookie",
				.type = BPF_PROG_TYPE_KPROBE,
				PROGRAM_INSNS(attach_cookie_insns),
			},
	},
	{
		.name = "get_func_arg",
		.group = FEATURE_GROUP_CALLS,
		.title = "Arguments by number (bpf_get_func_arg)",
		.consequence = "Policies on functions whose types are not known cannot use "
			       "trampolines.",
		.remedy = "Linux 5.17 or later, with what fentry needs.",
		.probe = probe_hook,
		.subject = &get_func_arg,
	},
	{
		.name = "get_func_ret",
		.group = FEATURE_GROUP_CALLS,
		.title = "Return value (bpf_get_func_ret)",
		.consequence =
			"Policies on what functions return need a program made for the number "
			"of the function's arguments.",
		.remedy = "Linux 5.17 or later, with what fentry needs.",
		.reference = "get_func_ret",
		.probe = probe_hook,
		.subject = &get_func_ret,
	},
	{
		.name = "iter_num",
		.group = FEATURE_GROUP_CALLS,
		.title = "Loops in the open (bpf_iter_num)",
		.consequence = "Loops are made with bpf_loop, where each turn is a call, or are "
			       "unrolled, where their length is limited.",
		.remedy = "Linux 6.4 or later.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				TYPED_TRACEPOINT("bpf_iter_num_new"),
				.kfuncs = {"bpf_iter_num_new", "bpf_iter_num_next",
					   "bpf_iter_num_destroy"},
				PROGRAM_INSNS(iter_num_insns),
			},
	},
	{
		.name = "d_path",
		.group = FEATURE_GROUP_CALLS,
		.title = "Path of a file (bpf_d_path)",
		.consequence =
			"Paths in policies' events are put together by walking the directory "
			"entries, which can race with a rename.",
		.remedy = "Linux 5.10 or later, with what fentry needs.",
		.probe = probe_d_path,
	},
	{
		.name = "path_d_path",
		.group = FEATURE_GROUP_CALLS,
		.title = "Path of a file on all security hooks (bpf_path_d_path)",
		.consequence = "Paths in events of policies on security hooks are put together by "
			       "walking the directory entries, which can race with a rename.",
		.remedy = "Linux 6.12 or later with CONFIG_BPF_LSM.",
		.probe = probe_path_d_path,
	},
	{
		.name = "copy_from_user_str",
		.group = FEATURE_GROUP_CALLS,
		.title = "Strings of a process, waiting for memory (bpf_copy_from_user_str)",
		.consequence = "Strings that are passed to functions of programs are not seen when "
			       "their page is not in memory.",
		.remedy = "Linux 6.12 or later.",
		.reference = "copy_from_user_str",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a uprobe.s program calling bpf_copy_from_user_str",
				.type = BPF_PROG_TYPE_KPROBE,
				.flags = BPF_F_SLEEPABLE,
				.kfuncs = {"bpf_copy_from_user_str"},
				PROGRAM_INSNS(copy_user_str_insns),
			},
	},
	{
		.name = "strstr",
		.group = FEATURE_GROUP_CALLS,
		.title = "Search in strings (bpf_strstr)",
		.consequence = "Policies cannot match by the operator SubString in the kernel.",
		.remedy = "Linux 6.17 or later.",
		.reference = "substring_kfunc",
		.probe = probe_program,
		.subject =
			&(const struct program){
				TYPED_TRACEPOINT("bpf_strstr"),
				.kfuncs = {"bpf_strstr"},
				PROGRAM_INSNS(find_insns),
			},
	},
	{
		.name = "strcasestr",
		.group = FEATURE_GROUP_CALLS,
		.title = "Search in strings whatever their case (bpf_strcasestr)",
		.consequence =
			"Policies cannot match by the operator SubStringIgnCase in the kernel.",
		.remedy = "Linux 6.19 or later.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				TYPED_TRACEPOINT("bpf_strcasestr"),
				.kfuncs = {"bpf_strcasestr"},
				PROGRAM_INSNS(find_insns),
			},
	},
	{
		.name = "rdonly_cast",
		.group = FEATURE_GROUP_CALLS,
		.title = "Types for any pointer (bpf_rdonly_cast)",
		.consequence =
			"Fields of structures that a policy names are read by a call for each "
			"step.",
		.remedy = "Linux 6.2 or later.",
		.probe = probe_rdonly_cast,
	},
	{
		.name = "task_from_pid",
		.group = FEATURE_GROUP_CALLS,
		.title = "Task of a process id (bpf_task_from_pid)",
		.consequence = "Policies cannot look at another process that is given by its id.",
		.remedy = "Linux 6.2 or later.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				TYPED_TRACEPOINT("bpf_task_from_pid"),
				.kfuncs = {"bpf_task_from_pid", "bpf_task_release"},
				PROGRAM_INSNS(task_from_pid_insns),
			},
	},
	{
		.name = "snprintf",
		.group = FEATURE_GROUP_CALLS,
		.title = "Numbers to text (bpf_snprintf)",
		.consequence =
			"Text that holds numbers is put together by the agent, and cannot be "
			"compared in the kernel.",
		.remedy = "Linux 5.13 or later.",
		.probe = probe_snprintf,
	},
	{
		.name = "probe_write_user",
		.group = FEATURE_GROUP_CALLS,
		.title = "Writing to a process's memory (bpf_probe_write_user)",
		.consequence = "Policies cannot use actions that change a process's memory.",
		.remedy = "No lockdown: neither lockdown= nor Secure Boot that turns it on.",
		.reference = "probe_write_user",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a kprobe program calling bpf_probe_write_user",
				.type = BPF_PROG_TYPE_KPROBE,
				PROGRAM_INSNS(write_user_insns),
			},
	},
	{
		.name = "ima_active",
		.group = FEATURE_GROUP_CALLS,
		.title = "IMA, which hashes files",
		.consequence = "Events of policies carry no hashes of files.",
		.remedy = "A kernel with CONFIG_IMA.",
		.probe = probe_ima_active,
	},
	{
		.name = "ima_file_hash",
		.group = FEATURE_GROUP_CALLS,
		.title = "Hashes of files (bpf_ima_file_hash)",
		.consequence =
			"Events of policies carry no hash of a file, unless IMA has measured it "
			"by a policy of its own.",
		.remedy = "Linux 5.18 or later with IMA, where BPF is an active security module.",
		.probe = probe_ima_file_hash,
	},
	{
		.name = "ima_inode_hash",
		.group = FEATURE_GROUP_CALLS,
		.title = "Hashes that IMA has measured (bpf_ima_inode_hash)",
		.consequence = "Events of policies carry the hash of a file only where "
			       "bpf_ima_file_hash computes it.",
		.remedy = "Linux 5.11 or later with IMA, where BPF is an active security module; "
			  "boot "
			  "with ima_policy=tcb.",
		.probe = probe_ima_inode_hash,
	},
};

const struct feature_table feature_table_calls = {rows, ARRAY_SIZE(rows)};
