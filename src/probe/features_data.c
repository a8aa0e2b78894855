// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Maps. */
#include "base/cleanup.h"
#include "probe/hook.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

/* Newer than Debian 12's headers (include/uapi/linux/bpf.h of 6.2). */
#define MAP_TYPE_CGRP_STORAGE 32
#define FUNC_CGRP_STORAGE_GET 210

/* A kind of storage, and the program that uses it. */
struct storage {
	struct map map;
	struct program program;
};

static void probe_storage(struct prober *p, const struct feature *feature, struct finding *ret)
{
	const struct storage *storage = feature->subject;
	_cleanup_close_ int map = trial_map(p, &storage->map, ret);
	_cleanup_close_ int prog = -1;

	if (map < 0)
		return;
	prog = trial_load(p, &storage->program, &map, ret);
	if (prog >= 0)
		finding_present(ret, "created %s and loaded %s", storage->map.what,
				storage->program.what);
}

/* Storage of the task or cgroup that is the first argument of a tracepoint. */
#define STORAGE_INSNS(helper)                                        \
	INSN_LOAD(R2, R1, 0), INSN_LOAD_MAP(R1, 0), INSN_MOV(R3, 0), \
		INSN_MOV(R4, BPF_LOCAL_STORAGE_GET_F_CREATE), INSN_CALL(helper), INSN_RETURN(0)

static const struct bpf_insn task_storage_insns[] = {STORAGE_INSNS(BPF_FUNC_task_storage_get)};
static const struct bpf_insn cgroup_storage_insns[] = {STORAGE_INSNS(FUNC_CGRP_STORAGE_GET)};

static const struct bpf_insn kprobe_storage_insns[] = {
	INSN_CALL(BPF_FUNC_get_current_task_btf),
	INSN_MOV_REG(R2, R0),
	INSN_LOAD_MAP(R1, 0),
	INSN_MOV(R3, 0),
	INSN_MOV(R4, BPF_LOCAL_STORAGE_GET_F_CREATE),
	INSN_CALL(BPF_FUNC_task_storage_get),
	INSN_RETURN(0),
};

#define STORAGE_MAP(map_type, name)  \
	{.what = (name),             \
	 .type = (map_type),         \
	 .key_size = 4,              \
	 .value_size = 8,            \
	 .flags = BPF_F_NO_PREALLOC, \
	 .key = OWN_U32,             \
	 .value = OWN_U64}

static const struct storage task_storage = {
	.map = STORAGE_MAP(BPF_MAP_TYPE_TASK_STORAGE, "a task storage"),
	.program = {.what = "a tp_btf/sched_process_fork program using it",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_TRACE_RAW_TP,
		    .target = "sched_process_fork",
		    PROGRAM_INSNS(task_storage_insns)},
};

static const struct storage task_storage_kprobe = {
	.map = STORAGE_MAP(BPF_MAP_TYPE_TASK_STORAGE, "a task storage"),
	.program = {.what = "a kprobe program using it",
		    .type = BPF_PROG_TYPE_KPROBE,
		    PROGRAM_INSNS(kprobe_storage_insns)},
};

static const struct storage cgroup_storage = {
	.map = STORAGE_MAP(MAP_TYPE_CGRP_STORAGE, "a cgroup storage"),
	.program = {.what = "a tp_btf/cgroup_mkdir program using it",
		    .type = BPF_PROG_TYPE_TRACING,
		    .attach_type = BPF_TRACE_RAW_TP,
		    .target = "cgroup_mkdir",
		    PROGRAM_INSNS(cgroup_storage_insns)},
};

static void probe_user_ring_buffer(struct prober *p, const struct feature *feature,
				   struct finding *ret)
{
	static const struct bpf_insn insns[] = {
		INSN_LOAD_MAP(R1, 0),
		INSN_LOAD_CALLBACK(R2, 7),
		INSN_MOV(R3, 0),
		INSN_MOV(R4, 0),
		INSN_CALL(BPF_FUNC_user_ringbuf_drain),
		INSN_RETURN(0),
		/* The callback. */
		INSN_RETURN(0),
	};
	static const struct program program = {
		.what = "a raw tracepoint program reading a user ring buffer",
		.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.second_at = 9,
		PROGRAM_INSNS(insns),
	};
	const struct map spec = {.what = "a user ring buffer",
				 .type = BPF_MAP_TYPE_USER_RINGBUF,
				 .max_entries = (uint32_t)sysconf(_SC_PAGESIZE)};
	_cleanup_close_ int ring = trial_map(p, &spec, ret);
	_cleanup_close_ int prog = -1;

	if (ring < 0)
		return;
	prog = trial_load(p, &program, &ring, ret);
	if (prog >= 0)
		finding_present(ret, "created a user ring buffer and loaded a program that reads "
				     "it");
}

static void probe_batch_update(struct prober *p, const struct feature *feature, struct finding *ret)
{
	const struct map spec = {.what = "a hash",
				 .type = BPF_MAP_TYPE_HASH,
				 .key_size = 4,
				 .value_size = 4,
				 .max_entries = 2};
	_cleanup_close_ int map = trial_map(p, &spec, ret);
	const uint32_t keys[] = {1, 2}, values[] = {3, 4};
	uint32_t n = ARRAY_SIZE(keys);

	if (map < 0)
		return;
	if (bpf_map_update_batch(map, keys, values, &n, NULL) < 0)
		trial_failed(p, ret, errno, "BPF_MAP_UPDATE_BATCH of a hash");
	else
		finding_present(ret, "BPF_MAP_UPDATE_BATCH of a hash took %u entries", n);
}

static void probe_timer(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const struct bpf_insn insns[] = {
		INSN_STORE_IMM(FP, -8, 0),
		INSN_MOV_REG(R2, FP),
		INSN_ADD(R2, -8),
		INSN_LOAD_MAP(R1, 0),
		INSN_CALL(BPF_FUNC_map_lookup_elem),
		INSN_JUMP_IF(BPF_JEQ, R0, 0, 5),
		INSN_MOV_REG(R1, R0),
		INSN_LOAD_MAP(R2, 0),
		INSN_MOV(R3, 1 /* CLOCK_MONOTONIC */),
		INSN_CALL(BPF_FUNC_timer_init),
		INSN_RETURN(0),
	};
	static const struct program program = {
		.what = "a tp_btf/sched_process_fork program calling bpf_timer_init",
		.type = BPF_PROG_TYPE_TRACING,
		.attach_type = BPF_TRACE_RAW_TP,
		.target = "sched_process_fork",
		PROGRAM_INSNS(insns),
	};
	const struct map spec = {.what = "an array of timers",
				 .type = BPF_MAP_TYPE_ARRAY,
				 .key_size = 4,
				 .value_size = 16,
				 .max_entries = 1,
				 .key = OWN_U32,
				 .value = OWN_TIMER_VALUE};
	_cleanup_close_ int map = trial_map(p, &spec, ret);
	_cleanup_close_ int prog = -1;

	if (map < 0)
		return;
	prog = trial_load(p, &program, &map, ret);
	if (prog >= 0)
		finding_present(ret, "BPF_PROG_LOAD of %s succeeded", program.what);
}

static const struct feature rows[] = {
	{
		.name = "task_storage",
		.group = FEATURE_GROUP_DATA,
		.title = "Storage of tasks",
		.consequence = "What belongs to a process is kept in a hash table of limited size, "
			       "which costs more for each event.",
		.remedy = "Linux 5.12 or later.",
		.probe = probe_storage,
		.subject = &task_storage,
	},
	{
		.name = "task_storage_kprobe",
		.group = FEATURE_GROUP_DATA,
		.title = "Storage of tasks in kprobes and uprobes",
		.consequence = "Policies that are attached by kprobes and uprobes join entry and "
			       "return through a hash table of limited size.",
		.remedy = "Linux 6.2 or later.",
		.probe = probe_storage,
		.subject = &task_storage_kprobe,
	},
	{
		.name = "cgroup_storage",
		.group = FEATURE_GROUP_DATA,
		.title = "Storage of cgroups",
		.consequence =
			"What belongs to a workload is kept in a hash table of limited size.",
		.remedy = "Linux 6.2 or later.",
		.probe = probe_storage,
		.subject = &cgroup_storage,
	},
	{
		.name = "user_ring_buffer",
		.group = FEATURE_GROUP_DATA,
		.title = "Ring buffer towards the kernel",
		.consequence = "The agent tells BPF programs many things at once through maps, one "
			       "system call for each.",
		.remedy = "Linux 6.1 or later.",
		.probe = probe_user_ring_buffer,
	},
	{
		.name = "batch_update",
		.group = FEATURE_GROUP_DATA,
		.title = "Many entries of a map in one call",
		.consequence =
			"Policies with long lists load slowly: one system call for each value.",
		.remedy = "Linux 5.6 or later.",
		.reference = "batch_update",
		.probe = probe_batch_update,
	},
	{
		.name = "timer",
		.group = FEATURE_GROUP_DATA,
		.title = "Timers in maps",
		.consequence =
			"What ends after a time in the kernel, such as limits of rate, is only "
			"looked at when the next event comes.",
		.remedy = "Linux 5.15 or later.",
		.probe = probe_timer,
	},
};

const struct feature_table feature_table_data = {rows, ARRAY_SIZE(rows)};
