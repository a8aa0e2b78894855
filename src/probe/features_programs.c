// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What programs can be, how they are run, and how they outlive the agent. */
#include "base/cleanup.h"
#include "probe/hook.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sixteen times what programs could have before 5.2. */
#define LARGE_PROGRAM 65536

static void probe_large_programs(struct prober *p, const struct feature *feature,
				 struct finding *ret)
{
	static const struct bpf_insn nothing = INSN_MOV(R0, 0), end = INSN_EXIT;
	_cleanup_free_ struct bpf_insn *insns = calloc(LARGE_PROGRAM, sizeof(*insns));
	const struct program program = {
		.what = "a raw tracepoint program of 65,536 instructions",
		.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.insns = insns,
		.n = LARGE_PROGRAM,
	};
	_cleanup_close_ int prog = -1;

	if (!insns) {
		finding_unknown(ret, ENOMEM, "%s", program.what);
		return;
	}
	for (size_t i = 0; i < LARGE_PROGRAM - 1; i++)
		insns[i] = nothing;
	insns[LARGE_PROGRAM - 1] = end;
	prog = trial_load(p, &program, NULL, ret);
	if (prog >= 0)
		finding_present(ret, "BPF_PROG_LOAD of %s succeeded", program.what);
}

static const struct bpf_insn loop_insns[] = {
	INSN_MOV(R1, 0),
	INSN_ADD(R1, 1),
	INSN_JUMP_IF(BPF_JLT, R1, 100, -2),
	INSN_RETURN(0),
};

static void probe_mix(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const struct bpf_insn insns[] = {
		INSN_CALL_OWN(2),
		INSN_RETURN(0),
		/* The function. */
		INSN_LOAD_MAP(R2, 0),
		INSN_MOV(R3, 0),
		INSN_CALL(BPF_FUNC_tail_call),
		INSN_RETURN(0),
	};
	static const struct program program = {
		.what = "a raw tracepoint program whose function makes a tail call",
		.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.second_at = 3,
		PROGRAM_INSNS(insns),
	};
	const struct map spec = {.what = "an array of programs",
				 .type = BPF_MAP_TYPE_PROG_ARRAY,
				 .key_size = 4,
				 .value_size = 4,
				 .max_entries = 1};
	_cleanup_close_ int map = trial_map(p, &spec, ret);
	_cleanup_close_ int prog = -1;

	if (map < 0)
		return;
	prog = trial_load(p, &program, &map, ret);
	if (prog >= 0)
		finding_present(ret, "BPF_PROG_LOAD of %s succeeded", program.what);
}

static const struct program any_kprobe = {
	.what = "a kprobe program", .type = BPF_PROG_TYPE_KPROBE, COUNTING_INSNS};

static int load_any(struct prober *p, struct finding *ret)
{
	_cleanup_close_ int counter = trial_counter(p, ret);

	return counter < 0 ? counter : trial_load(p, &any_kprobe, &counter, ret);
}

static void probe_jit(struct prober *p, const struct feature *feature, struct finding *ret)
{
	_cleanup_close_ int prog = load_any(p, ret);
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	if (prog < 0)
		return;
	if (bpf_obj_get_info_by_fd(prog, &info, &len) < 0)
		trial_failed(p, ret, errno, "BPF_OBJ_GET_INFO_BY_FD of a program");
	else if (info.jited_prog_len == 0)
		finding_absent(ret, 0, "a program was loaded and not compiled");
	else
		finding_present(ret, "a program was compiled to %u bytes", info.jited_prog_len);
}

/* Links a program to a kprobe, or to a uprobe where there are none. */
static int link_any(struct prober *p, int prog, const char **ret_what, struct finding *ret)
{
	_cleanup_close_ int event = open_kprobe(p, TARGET_SYSCALL, false, ret);

	*ret_what = "a kprobe";
	if (event < 0) {
		event = open_uprobe(p, false, false, ret);
		*ret_what = "a uprobe";
	}
	return event < 0 ? event : link_event(p, event, prog, 0, *ret_what, ret);
}

static void probe_perf_link(struct prober *p, const struct feature *feature, struct finding *ret)
{
	_cleanup_close_ int prog = load_any(p, ret), link = -1;
	const char *what;

	if (prog < 0)
		return;
	link = link_any(p, prog, &what, ret);
	if (link >= 0)
		finding_present(ret, "BPF_LINK_CREATE of %s succeeded", what);
}

static void probe_link_pin(struct prober *p, const struct feature *feature, struct finding *ret)
{
	_cleanup_close_ int prog = load_any(p, ret), link = -1, root = -1;
	const char *what;
	char path[64];

	if (prog < 0)
		return;
	link = link_any(p, prog, &what, ret);
	if (link < 0)
		return;
	root = trial_mount("bpf");
	if (root < 0) {
		finding_unknown(ret, -root, "mounting a BPF file system");
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d/link", root);
	if (bpf_obj_pin(link, path) < 0) {
		trial_failed(p, ret, errno, "BPF_OBJ_PIN of the link of %s", what);
		return;
	}
	unlink(path);
	finding_present(ret, "the link of %s was pinned in a BPF file system", what);
}

/*
 * What of struct bpf_link_info tells of misses, newer than Debian 12's headers
 * (include/uapi/linux/bpf.h of 6.7). A kernel without leaves it as it was given,
 * or refuses a struct that is longer than its own.
 */
struct link_info {
	uint32_t type, id, prog_id, pad;
	union {
		struct {
			uint64_t addresses;
			uint32_t count, flags;
			uint64_t missed;
		} kprobe_multi;
		struct {
			uint32_t type, pad;
			uint64_t name;
			uint32_t name_len, offset;
			uint64_t address, missed;
		} kprobe;
	};
};

#define UNTOLD 0x0ce111

static void tell_missed(struct prober *p, int link, struct link_info *info, const uint64_t *missed,
			const char *what, struct finding *ret)
{
	uint32_t len = sizeof(*info);

	if (bpf_obj_get_info_by_fd(link, info, &len) < 0)
		trial_failed(p, ret, errno, "BPF_OBJ_GET_INFO_BY_FD of the link of %s", what);
	else if (*missed == UNTOLD)
		finding_absent(ret, 0, "the link of %s does not tell what it missed", what);
	else
		finding_present(ret, "the link of %s tells what it missed", what);
}

static void probe_missed_kprobe(struct prober *p, const struct feature *feature,
				struct finding *ret)
{
	_cleanup_close_ int prog = load_any(p, ret), event = -1, link = -1;
	struct link_info info = {.kprobe.missed = UNTOLD};

	if (prog < 0)
		return;
	event = open_kprobe(p, TARGET_SYSCALL, false, ret);
	if (event < 0)
		return;
	link = link_event(p, event, prog, 0, "a kprobe", ret);
	if (link >= 0)
		tell_missed(p, link, &info, &info.kprobe.missed, "a kprobe", ret);
}

static void probe_missed_kprobe_multi(struct prober *p, const struct feature *feature,
				      struct finding *ret)
{
	static const struct hook hook = {
		.name = "kprobe.multi/" TARGET_SYSCALL,
		.program = {.what = "a kprobe.multi program",
			    .type = BPF_PROG_TYPE_KPROBE,
			    .attach_type = BPF_TRACE_KPROBE_MULTI,
			    COUNTING_INSNS},
		.place = TARGET_SYSCALL,
	};
	struct link_info info = {.kprobe_multi.missed = UNTOLD};
	_cleanup_close_ int counter = trial_counter(p, ret), prog = -1, link = -1;

	if (counter < 0)
		return;
	prog = trial_load(p, &hook.program, &counter, ret);
	if (prog < 0)
		return;
	link = attach_kprobe_multi(p, &hook, prog, ret);
	if (link >= 0)
		tell_missed(p, link, &info, &info.kprobe_multi.missed, "a kprobe.multi", ret);
}

static void probe_run_stats(struct prober *p, const struct feature *feature, struct finding *ret)
{
	_cleanup_close_ int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	if (fd >= 0)
		finding_present(ret, "BPF_ENABLE_STATS succeeded");
	else
		trial_failed(p, ret, errno, "BPF_ENABLE_STATS");
}

/* Not by libbpf, which would raise the limit. */
static void probe_memcg_accounting(struct prober *p, const struct feature *feature,
				   struct finding *ret)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 1,
	};
	struct rlimit before, none;
	_cleanup_close_ int fd = -1;
	int error;

	if (getrlimit(RLIMIT_MEMLOCK, &before) < 0) {
		finding_unknown(ret, errno, "getrlimit of RLIMIT_MEMLOCK");
		return;
	}
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	setrlimit(RLIMIT_MEMLOCK, &none);
	fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	error = errno;
	setrlimit(RLIMIT_MEMLOCK, &before);
	if (fd >= 0)
		finding_present(ret, "BPF_MAP_CREATE succeeded with RLIMIT_MEMLOCK at 0");
	else
		trial_failed(p, ret, error, "BPF_MAP_CREATE with RLIMIT_MEMLOCK at 0");
}

static const struct feature rows[] = {
	{
		.name = "bpf_jit",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Programs are compiled (JIT)",
		.consequence =
			"Programs are interpreted: each event costs several times as much, and "
			"trampolines, functions of the kernel and bpf_loop are not there.",
		.remedy = "sysctl net.core.bpf_jit_enable=1, and a kernel with CONFIG_BPF_JIT.",
		.probe = probe_jit,
	},
	{
		.name = "large_programs",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Large programs",
		.consequence = "Programs have 4,096 instructions at most: process events and most "
			       "policies do not load.",
		.remedy = "Linux 5.2 or later, with CAP_BPF.",
		.reference = "large",
		.probe = probe_large_programs,
	},
	{
		.name = "bounded_loops",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Loops with a bound",
		.consequence = "Loops have to be unrolled, and what they do is limited.",
		.remedy = "Linux 5.3 or later.",
		.probe = probe_program,
		.subject =
			&(const struct program){
				.what = "a raw tracepoint program with a loop",
				.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
				PROGRAM_INSNS(loop_insns),
			},
	},
	{
		.name = "mix_bpf_and_tail_calls",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Functions and tail calls in one program",
		.consequence = "Programs that are too large for the verifier cannot be split at a "
			       "function.",
		.remedy = "Linux 5.10 or later, on arm64 6.0 or later.",
		.reference = "mix_bpf_and_tail_calls",
		.probe = probe_mix,
	},
	{
		.name = "perf_link",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Links of kprobes, uprobes and tracepoints",
		.consequence = "What is attached by kprobes, uprobes and tracepoints ends with the "
			       "agent.",
		.remedy = "Linux 5.15 or later.",
		.probe = probe_perf_link,
	},
	{
		.name = "link_pin",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Links stay when they are pinned",
		.consequence =
			"Policies that are attached by kprobes, uprobes and tracepoints do not "
			"enforce while the agent is restarted.",
		.remedy = "Linux 5.15 or later.",
		.reference = "link_pin",
		.probe = probe_link_pin,
	},
	{
		.name = "missed_stats_kprobe",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Count of missed kprobes",
		.consequence = "Calls that a kprobe did not see are not counted.",
		.remedy = "Linux 6.7 or later.",
		.reference = "missed_stats_kprobe",
		.probe = probe_missed_kprobe,
	},
	{
		.name = "missed_stats_kprobe_multi",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Count of missed kprobe.multi",
		.consequence = "Calls that a kprobe.multi did not see are not counted.",
		.remedy = "Linux 6.7 or later, with what kprobe.multi needs.",
		.reference = "missed_stats_kprobe_multi",
		.probe = probe_missed_kprobe_multi,
	},
	{
		.name = "run_stats",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Count and time of programs' runs",
		.consequence = "What ocelli's programs cost cannot be told.",
		.remedy = "Linux 5.8 or later, with CAP_SYS_ADMIN.",
		.probe = probe_run_stats,
	},
	{
		.name = "memcg_accounting",
		.group = FEATURE_GROUP_PROGRAMS,
		.title = "Memory of maps is the cgroup's, not the user's",
		.consequence = "Maps count against the limit of locked memory, which is 64 KiB by "
			       "default and which the agent raises for itself.",
		.remedy =
			"Linux 5.11 or later; before, LimitMEMLOCK=infinity for the agent's unit.",
		.probe = probe_memcg_accounting,
	},
};

const struct feature_table feature_table_programs = {rows, ARRAY_SIZE(rows)};
