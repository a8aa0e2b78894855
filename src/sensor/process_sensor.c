// SPDX-License-Identifier: Apache-2.0
#include "sensor/process_sensor.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/macro.h"
#include "sensor/cgroup_mode.h"
#include "sensor/core_types.h"

#include "process.skel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A reader that sleeps on its timer is woken early when the ring is this full. */
#define WAKE_FRACTION 8
/* Processes between two emptyings of the ring while they are reported: one byte each. */
#define SCAN_BATCH 256
/* The verifier's figures for each program, without its log (kernel/bpf/log.c BPF_LOG_STATS, 5.2).
 */
#define VERIFIER_STATS 4

/*
 * In the order in which they are attached. Ends before beginnings: of an exec
 * that is told of, the exit is told of too, and of a process whose fork is told
 * of, every exec; between two attachments a busy machine runs other things for
 * many milliseconds.
 */
enum program {
	PROGRAM_EXIT,
	PROGRAM_EXIT_EVENT,
	PROGRAM_EXEC_PREPARE,
	PROGRAM_EXEC,
	PROGRAM_EXEC_UNROLLED,
	PROGRAM_EXEC_EVENT,
	PROGRAM_FORK,
	PROGRAM_FORK_EVENT,
	PROGRAM_REPORT,
	PROGRAM_REPORT_UNREAD,
	_PROGRAM_MAX,
};

/* What a kernel is, as far as the choice of programs goes. */
enum {
	LOOPS = 1 << 0,       /* it has bpf_loop() and bpf_copy_from_user_task() (5.18) … */
	NO_LOOPS = 1 << 1,    /* or not */
	RAW = 1 << 2,         /* programs on raw tracepoints are not preempted (before 7.0) … */
	PREEMPTIBLE = 1 << 3, /* or are: bpf/preempt.bpf.h */
};

static const struct {
	const char *name;
	unsigned needs;
} programs[] = {
	[PROGRAM_EXIT] = {"process_exit", RAW},
	[PROGRAM_EXIT_EVENT] = {"process_exit_event", PREEMPTIBLE},
	[PROGRAM_EXEC_PREPARE] = {"process_exec_prepare", PREEMPTIBLE},
	[PROGRAM_EXEC] = {"process_exec", RAW | LOOPS},
	[PROGRAM_EXEC_UNROLLED] = {"process_exec_unrolled", NO_LOOPS},
	[PROGRAM_EXEC_EVENT] = {"process_exec_event", PREEMPTIBLE | LOOPS},
	[PROGRAM_FORK] = {"process_fork", RAW},
	[PROGRAM_FORK_EVENT] = {"process_fork_event", PREEMPTIBLE},
	[PROGRAM_REPORT] = {"process_report", LOOPS},
	[PROGRAM_REPORT_UNREAD] = {"process_report_unread", NO_LOOPS},
};
static_assert(ARRAY_SIZE(programs) == _PROGRAM_MAX, "each program has a name");

struct process_sensor {
	unsigned verifier_log; /* what libbpf asks the kernel to log */
	struct process_bpf *bpf;
	struct ring *ring;
	struct bpf_program *programs[_PROGRAM_MAX]; /* those of this kernel, else NULL */
	struct bpf_link *links[_PROGRAM_MAX];
	struct reader_state known; /* who reads, as of the scan */
};

static _printf_(2, 0) int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	/* libbpf's own warnings lead up to an error that it returns, and that is told with its
	 * remedy; they are details. */
	if (log_get_level() < LOG_LEVEL_DEBUG ||
	    (level == LIBBPF_DEBUG && log_get_level() < LOG_LEVEL_TRACE))
		return 0;
	if (vasprintf(&text, fmt, ap) < 0)
		return 0;
	len = strlen(text);
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	log_write(LOG_LEVEL_DEBUG, "%s", text);
	return 0;
}

static int choose_programs(struct process_sensor *sensor, unsigned kernel)
{
	for (size_t i = 0; i < _PROGRAM_MAX; i++) {
		bool suits = (programs[i].needs & kernel) == programs[i].needs;
		struct bpf_program *prog =
			bpf_object__find_program_by_name(sensor->bpf->obj, programs[i].name);

		if (!prog)
			return -ENOENT;
		bpf_program__set_autoload(prog, suits);
		sensor->programs[i] = suits ? prog : NULL;
	}
	return 0;
}

static int set_config(struct process_bpf *bpf, const struct process_sensor_config *config,
		      bool preemptible)
{
	struct config *c = (struct config *)(uintptr_t)&bpf->rodata->config;

	c->capture_env = config->capture_env;
	c->cgroup_v1_controller = cgroup_mode_detect("/proc/self/mounts");
	c->throttle_events = config->throttle_events;
	c->throttle_window = config->throttle_window ? config->throttle_window : 1;
	c->wake_bytes = config->ring_bytes / WAKE_FRACTION;
	if (preemptible && bpf_map__set_max_entries(bpf->maps.exec_calls, EXEC_CALLS) < 0)
		return -errno;
	return bpf_map__set_max_entries(bpf->maps.ring, (unsigned)config->ring_bytes);
}

/* Whether the kernel hides its memory from BPF (security/lockdown). */
static bool is_confidential(void)
{
	_cleanup_close_ int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	char levels[64] = "";

	return fd >= 0 && read(fd, levels, sizeof(levels) - 1) > 0 &&
	       strstr(levels, "[confidentiality]");
}

static int explain_load(int r, struct error **reterr)
{
	error_set(reterr, r, "cannot load the BPF programs: %s", strerror(-r));
	if (r == -EPERM || r == -EACCES)
		error_remedy(reterr, geteuid() ? "run it as root"
					       : "this container or kernel lockdown forbids it; "
						 "--log-level=debug shows the kernel's words");
	else if (access("/sys/kernel/btf/vmlinux", R_OK) < 0)
		error_remedy(reterr, "there is no BTF in /sys/kernel/btf/vmlinux: the kernel needs "
				     "CONFIG_DEBUG_INFO_BTF, and sysfs to be mounted");
	else if (is_confidential())
		error_remedy(reterr, "the kernel is locked down for confidentiality, so that BPF "
				     "cannot read its memory: boot with lockdown=integrity");
	else if (r == -ENOMEM || r == -E2BIG)
		error_remedy(reterr, "lower --rb-size-total or raise the memlock limit");
	else
		error_remedy(reterr, "--log-level=debug --verbose=1 shows what the verifier says");
	return r;
}

static int load(struct process_sensor *sensor, const struct process_sensor_config *config,
		unsigned kernel, const struct btf *types)
{
	_cleanup_core_types_ struct core_types few = CORE_TYPES_INIT;
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_level = (unsigned)config->verbose,
		    .btf_custom_path = few.path);
	int r = core_types_open(&few);

	if (r < 0)
		return r;

	if (log_get_level() >= LOG_LEVEL_TRACE)
		opts.kernel_log_level |= VERIFIER_STATS;
	sensor->verifier_log = opts.kernel_log_level;
	sensor->bpf = process_bpf__open_opts(&opts);
	if (!sensor->bpf)
		return -errno;
	r = core_types_fill(&few, types, bpf_object__btf(sensor->bpf->obj));
	if (r >= 0)
		r = choose_programs(sensor, kernel);
	if (r >= 0)
		r = set_config(sensor->bpf, config, kernel & PREEMPTIBLE);
	return r < 0 ? r : process_bpf__load(sensor->bpf);
}

static int attach(struct process_sensor *sensor)
{
	for (size_t i = 0; i < _PROGRAM_MAX; i++) {
		if (!sensor->programs[i])
			continue;
		sensor->links[i] = bpf_program__attach(sensor->programs[i]);
		if (!sensor->links[i])
			return -errno;
	}
	return 0;
}

/* In the same order: of an exit that is told of, everything before it was told of too. */
static void detach(struct process_sensor *sensor)
{
	for (size_t i = 0; i < _PROGRAM_MAX; i++) {
		bpf_link__destroy(sensor->links[i]);
		sensor->links[i] = NULL;
	}
}

static void stop(struct process_sensor *sensor)
{
	detach(sensor);
	ring_free(&sensor->ring);
	process_bpf__destroy(sensor->bpf);
	sensor->bpf = NULL;
}

static int start(struct process_sensor *sensor, const struct process_sensor_config *config,
		 unsigned kernel, const struct btf *types, struct error **reterr)
{
	int r = load(sensor, config, kernel, types);

	if (r < 0)
		return explain_load(r, reterr);
	r = ring_new(bpf_map__fd(sensor->bpf->maps.ring), config->ring_bytes,
		     sizeof(struct record_data), &sensor->ring);
	if (r < 0)
		return error_set(reterr, r, "cannot map the ring buffer: %s", strerror(-r));
	r = attach(sensor);
	if (r >= 0)
		return 0;
	error_set(reterr, r, "cannot attach to the process tracepoints: %s", strerror(-r));
	error_remedy(reterr, "the kernel needs CONFIG_BPF_EVENTS and BTF%s",
		     kernel & PREEMPTIBLE ? ", and to let the agent read tracefs" : "");
	return r;
}

/* Tries one kernel after the other, the newest first. */
static int start_some(struct process_sensor *sensor, const struct process_sensor_config *config,
		      const struct btf *types, struct error **reterr)
{
	static const unsigned kernels[] = {PREEMPTIBLE | LOOPS, RAW | LOOPS, RAW | NO_LOOPS};
	bool preemptible = btf__find_by_name(types, "class_srcu_fast_notrace_t") > 0;

	for (size_t i = preemptible ? 0 : 1;; i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *text = NULL;
		int r = start(sensor, config, kernels[i], types, &err);

		if (r >= 0)
			return r;
		stop(sensor);
		if (i + 1 == ARRAY_SIZE(kernels)) {
			if (reterr)
				*reterr = TAKE_PTR(err);
			return r;
		}
		text = error_text(err);
		if (kernels[i] & PREEMPTIBLE)
			log_warn("%s; without trace events this kernel skips our programs now and "
				 "then when many processes start at once: \"missed\" counts it",
				 text);
		else
			log_debug("%s; trying the programs for kernels before 5.18", text);
	}
}

int process_sensor_new(const struct process_sensor_config *config, struct process_sensor **ret,
		       struct error **reterr)
{
	struct process_sensor *sensor = calloc(1, sizeof(*sensor));
	struct btf *types;
	int r;

	if (!sensor)
		return error_set(reterr, -ENOMEM, "out of memory");
	libbpf_set_print(print_libbpf);
	types = btf__load_vmlinux_btf();
	r = types ? start_some(sensor, config, types, reterr) : explain_load(-errno, reterr);
	btf__free(types);
	if (r < 0)
		free(sensor);
	else
		*ret = sensor;
	return r;
}

void process_sensor_free(struct process_sensor **sensor)
{
	if (!*sensor)
		return;
	stop(*sensor);
	free(*sensor);
	*sensor = NULL;
}

void process_sensor_detach(struct process_sensor *sensor)
{
	detach(sensor);
	process_sensor_settle();
}

void process_sensor_settle(void)
{
	/* A program that was running on another CPU may still be about to write its record. The
	 * call waits for it (kernel/sched/membarrier.c: synchronize_rcu()); where it does not work,
	 * with nohz_full, that is so short a time that it is as good as never seen. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

bool process_sensor_mend(struct process_sensor *sensor)
{
	struct reader_state *reader = process_sensor_reader(sensor);

	if (reader->process == sensor->known.process && reader->start == sensor->known.start &&
	    !reader->gone)
		return false;
	reader->process = sensor->known.process;
	reader->start = sensor->known.start;
	reader->gone = 0;
	return true;
}

struct ring *process_sensor_ring(struct process_sensor *sensor)
{
	return sensor->ring;
}

int process_sensor_fd(const struct process_sensor *sensor)
{
	return bpf_map__fd(sensor->bpf->maps.ring);
}

struct reader_state *process_sensor_reader(struct process_sensor *sensor)
{
	return &sensor->bpf->data_reader->reader;
}

int process_sensor_scan(struct process_sensor *sensor, void (*drain)(void *userdata),
			void *userdata, struct error **reterr)
{
	struct bpf_link *modern = sensor->links[PROGRAM_REPORT],
			*link = modern ? modern : sensor->links[PROGRAM_REPORT_UNREAD];
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(link));
	char buf[SCAN_BATCH];
	ssize_t n;

	if (fd < 0)
		return error_set(reterr, -errno, "cannot walk the running processes: %s",
				 strerror(errno));
	/* After a million tasks that have nothing to say it wants to be asked again
	 * (kernel/bpf/bpf_iter.c: bpf_seq_read). */
	do {
		n = read(fd, buf, sizeof(buf));
		drain(userdata);
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	if (n < 0)
		return error_set(reterr, -errno, "cannot walk the running processes: %s",
				 strerror(errno));
	sensor->known = *process_sensor_reader(sensor);
	return 0;
}

struct library_config process_sensor_share(const struct process_sensor *sensor)
{
	return (struct library_config){
		.ring = bpf_map__fd(sensor->bpf->maps.ring),
		.cpu_state = bpf_map__fd(sensor->bpf->maps.cpu_state),
		.reader = bpf_map__fd(sensor->bpf->maps.data_reader),
		.config = (const struct config *)(uintptr_t)&sensor->bpf->rodata->config,
		.verifier_log = sensor->verifier_log,
	};
}

static uint64_t missed_runs(const struct process_sensor *sensor)
{
	uint64_t missed = 0;

	for (size_t i = 0; i < _PROGRAM_MAX; i++) {
		struct bpf_prog_info info = {0};
		__u32 len = sizeof(info);

		if (sensor->programs[i] &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(sensor->programs[i]), &info, &len))
			missed += info.recursion_misses;
	}
	return missed;
}

int process_sensor_ledger(const struct process_sensor *sensor, struct kernel_ledger *ret,
			  uint64_t *ret_missed)
{
	const size_t n = sizeof(struct kernel_ledger) / sizeof(uint64_t);
	_cleanup_free_ struct cpu_state *v = NULL;
	int cpus = libbpf_num_possible_cpus();
	uint64_t *sum = (uint64_t *)ret;
	__u32 zero = 0;

	if (cpus < 0)
		return cpus;
	v = calloc((size_t)cpus, sizeof(*v));
	if (!v)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(sensor->bpf->maps.cpu_state), &zero, v) < 0)
		return -errno;
	memset(ret, 0, sizeof(*ret));
	for (int cpu = 0; cpu < cpus; cpu++) {
		const uint64_t *counts = (const uint64_t *)&v[cpu].ledger;

		for (size_t i = 0; i < n; i++)
			sum[i] += counts[i];
	}
	*ret_missed = missed_runs(sensor);
	return 0;
}

uint64_t process_sensor_cgroup_rate(const struct process_sensor *sensor, uint64_t cgroup_id,
				    uint64_t now)
{
	uint64_t length = sensor->bpf->rodata->config.throttle_window, window = now / length;
	struct cgroup_state state;

	if (bpf_map_lookup_elem(bpf_map__fd(sensor->bpf->maps.cgroups), &cgroup_id, &state) < 0)
		return 0;
	if (state.window == window)
		return state.count + state.previous;
	return state.window + 1 == window ? state.count : 0;
}

void process_sensor_unthrottle(const struct process_sensor *sensor, uint64_t cgroup_id)
{
	int fd = bpf_map__fd(sensor->bpf->maps.cgroups);
	struct cgroup_state state;

	/* Counts of this moment may be lost; it is a quiet one. */
	if (bpf_map_lookup_elem(fd, &cgroup_id, &state) < 0)
		return;
	state.throttled = 0;
	bpf_map_update_elem(fd, &cgroup_id, &state, BPF_EXIST);
}
