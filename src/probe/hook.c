// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "probe/hook.h"
#include "base/cleanup.h"
#include "base/tracefs.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* This program's file, in which uprobes are put. */
#define OWN_IMAGE "/proc/self/exe"

#define EVENT_SOURCES "/sys/bus/event_source/devices/"

/* What of BPF_LINK_CREATE's part of union bpf_attr is used for several places at once, with what
 * is newer than Debian 12's headers (include/uapi/linux/bpf.h of 6.6). */
struct link_create_attr {
	uint32_t prog_fd, target_fd, attach_type, flags;
	union {
		struct {
			uint32_t flags, count;
			uint64_t names, addresses, cookies;
		} kprobe_multi;
		struct {
			uint64_t path, offsets, ref_ctr_offsets, cookies;
			uint32_t count, flags, pid, path_fd;
		} uprobe_multi;
	};
};

const struct bpf_insn counting_insns[] = {
	INSN_LOAD_VALUE(R1, 0),
	INSN_MOV(R2, 1),
	INSN_ATOMIC_ADD(R1, 0, R2),
	INSN_RETURN(0),
};

_Static_assert(ARRAY_SIZE(counting_insns) == 6, "COUNTING_INSNS knows how many there are");

/* In a section of its own, it is in the file, which the kernel asks for. */
__attribute__((section(".probes"))) volatile unsigned short uprobe_semaphore;

static __attribute__((noinline)) unsigned long uprobe_target(unsigned long v)
{
	__asm__ volatile("" : "+r"(v));
	return v;
}

/* The compiler must not know whom it calls, or it would call a copy. */
static unsigned long (*const volatile own_function)(unsigned long) = uprobe_target;

void trigger_calls(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	syscall(SYS_sched_getscheduler, 0);
	syscall(SYS_capget, &header, data);
}

void trigger_fork(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

unsigned long call_own(unsigned long v)
{
	return own_function(v);
}

void trigger_own(void)
{
	call_own(0);
}

void probe_hook(struct prober *p, const struct feature *feature, struct finding *ret)
{
	const struct hook *hook = feature->subject;
	_cleanup_close_ int counter = trial_counter(p, ret), prog = -1, link = -1;
	uint64_t before;

	if (counter < 0)
		return;
	prog = trial_load(p, &hook->program, &counter, ret);
	if (prog < 0)
		return;
	before = trial_count(counter);
	link = hook->attach(p, hook, prog, ret);
	if (link < 0)
		return;
	if (hook->need_not_run) {
		finding_present(ret, "%s attached", hook->name);
		return;
	}
	hook->trigger();
	if (trial_count(counter) > before)
		finding_present(ret, "%s attached and ran", hook->name);
	else
		finding_absent(ret, 0, "%s attached, but did not run when the kernel came by",
			       hook->name);
}

int attach_tracing(struct prober *p, const struct hook *hook, int prog, struct finding *ret)
{
	int fd = bpf_raw_tracepoint_open(NULL, prog);

	if (fd >= 0)
		return fd;
	trial_failed(p, ret, errno, "BPF_RAW_TRACEPOINT_OPEN of %s", hook->name);
	return -ret->error;
}

int attach_raw_tracepoint(struct prober *p, const struct hook *hook, int prog, struct finding *ret)
{
	int fd = bpf_raw_tracepoint_open(hook->place, prog);

	if (fd >= 0)
		return fd;
	trial_failed(p, ret, errno, "BPF_RAW_TRACEPOINT_OPEN of %s", hook->name);
	return -ret->error;
}

static int open_event(struct prober *p, struct perf_event_attr *attr, pid_t pid, const char *what,
		      struct finding *ret)
{
	int fd;

	attr->size = sizeof(*attr);
	attr->sample_period = 1;
	attr->wakeup_events = 1;
	fd = (int)syscall(SYS_perf_event_open, attr, pid, pid < 0 ? 0 : -1, -1,
			  PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0)
		return fd;
	trial_failed(p, ret, errno, "perf_event_open of %s", what);
	return -ret->error;
}

/* Reads the number behind the prefix in a source's file: "config:0". Returns it or an errno. */
static int read_source(const char *source, const char *name, const char *prefix)
{
	char path[128], text[64];
	int r;

	snprintf(path, sizeof(path), EVENT_SOURCES "%s/%s", source, name);
	r = trial_read_file(path, text, sizeof(text));
	if (r < 0)
		return r;
	return strncmp(text, prefix, strlen(prefix)) ? -EINVAL : atoi(text + strlen(prefix));
}

/* Fills in what an event of that source needs. Returns 0 or an errno, which is what was found. */
static int find_source(const char *source, bool on_return, struct perf_event_attr *ret_attr,
		       struct finding *ret)
{
	int type = read_source(source, "type", "");
	int bit = on_return ? read_source(source, "format/retprobe", "config:") : 0;

	if (type < 0 || bit < 0) {
		/* No matter who asks. */
		finding_absent(ret, type < 0 ? -type : -bit, EVENT_SOURCES "%s/%s", source,
			       type < 0 ? "type" : "format/retprobe");
		return type < 0 ? type : bit;
	}
	ret_attr->type = (uint32_t)type;
	ret_attr->config = on_return ? 1ULL << bit : 0;
	return 0;
}

int open_kprobe(struct prober *p, const char *function, bool on_return, struct finding *ret)
{
	struct perf_event_attr attr = {.kprobe_func = (uint64_t)(uintptr_t)function};
	int r = find_source("kprobe", on_return, &attr, ret);

	return r < 0 ? r : open_event(p, &attr, -1, on_return ? "a kretprobe" : "a kprobe", ret);
}

/* Where in its file something of this program is. Returns 0 or a negative errno. */
static int find_offset(const volatile void *address, uint64_t *ret)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/maps", "re");
	uint64_t start, end, offset, at = (uintptr_t)address;
	char line[512];

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) == 3 && at >= start &&
		    at < end) {
			*ret = at - start + offset;
			return 0;
		}
	}
	return -ENOENT;
}

int open_uprobe(struct prober *p, bool on_return, bool semaphore, struct finding *ret)
{
	struct perf_event_attr attr = {.uprobe_path = (uint64_t)(uintptr_t)OWN_IMAGE};
	uint64_t offset, counter;
	int r = find_source("uprobe", on_return, &attr, ret);

	if (r < 0)
		return r;
	r = find_offset((const void *)(uintptr_t)own_function, &offset);
	if (r == 0)
		r = find_offset(&uprobe_semaphore, &counter);
	if (r < 0) {
		finding_unknown(ret, -r, "finding a place for a uprobe in our own memory");
		return r;
	}
	attr.probe_offset = offset;
	/* kernel/events/core.c: PERF_UPROBE_REF_CTR_OFFSET_SHIFT */
	if (semaphore)
		attr.config |= counter << 32;
	return open_event(p, &attr, 0, on_return ? "a uretprobe" : "a uprobe", ret);
}

int set_event_program(struct prober *p, int event, int prog, const char *what, struct finding *ret)
{
	if (ioctl(event, PERF_EVENT_IOC_SET_BPF, prog) == 0 &&
	    ioctl(event, PERF_EVENT_IOC_ENABLE, 0) == 0)
		return 0;
	trial_failed(p, ret, errno, "PERF_EVENT_IOC_SET_BPF on %s", what);
	return -ret->error;
}

int link_event(struct prober *p, int event, int prog, uint64_t cookie, const char *what,
	       struct finding *ret)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = cookie);
	int link = bpf_link_create(prog, event, BPF_PERF_EVENT, &opts);

	if (link < 0) {
		trial_failed(p, ret, errno, "BPF_LINK_CREATE of %s", what);
		return -ret->error;
	}
	ioctl(event, PERF_EVENT_IOC_ENABLE, 0);
	return link;
}

int attach_kprobe(struct prober *p, const struct hook *hook, int prog, struct finding *ret)
{
	_cleanup_close_ int event = open_kprobe(p, hook->place, hook->on_return, ret);
	int r;

	if (event < 0)
		return event;
	r = set_event_program(p, event, prog, hook->name, ret);
	return r < 0 ? r : TAKE_FD(event);
}

int attach_uprobe(struct prober *p, const struct hook *hook, int prog, struct finding *ret)
{
	_cleanup_close_ int event = open_uprobe(p, hook->on_return, false, ret);
	int r;

	if (event < 0)
		return event;
	r = set_event_program(p, event, prog, hook->name, ret);
	return r < 0 ? r : TAKE_FD(event);
}

static int create_link(struct prober *p, const struct hook *hook, struct link_create_attr *attr,
		       struct finding *ret)
{
	int fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, attr, sizeof(*attr));

	if (fd >= 0)
		return fd;
	trial_failed(p, ret, errno, "BPF_LINK_CREATE of %s", hook->name);
	return -ret->error;
}

int attach_kprobe_multi(struct prober *p, const struct hook *hook, int prog, struct finding *ret)
{
	const char *names[] = {hook->place};
	struct link_create_attr attr = {
		.prog_fd = (uint32_t)prog,
		.attach_type = hook->program.attach_type,
		.kprobe_multi.count = ARRAY_SIZE(names),
		.kprobe_multi.names = (uint64_t)(uintptr_t)names,
	};

	return create_link(p, hook, &attr, ret);
}

int attach_uprobe_multi(struct prober *p, const struct hook *hook, int prog, struct finding *ret)
{
	uint64_t offset;
	struct link_create_attr attr = {
		.prog_fd = (uint32_t)prog,
		.attach_type = hook->program.attach_type,
		.uprobe_multi.path = (uint64_t)(uintptr_t)OWN_IMAGE,
		.uprobe_multi.offsets = (uint64_t)(uintptr_t)&offset,
		.uprobe_multi.count = 1,
		.uprobe_multi.pid = (uint32_t)getpid(),
	};
	int r = find_offset((const void *)(uintptr_t)own_function, &offset);

	if (r < 0) {
		finding_unknown(ret, -r, "finding a place for a uprobe in our own memory");
		return r;
	}
	return create_link(p, hook, &attr, ret);
}

/* Where tracepoints have their numbers: mounted here or there, or nowhere. */
static int read_tracepoint_id(const char *name)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[128], text[16];

	snprintf(path, sizeof(path), "events/%s/id", name);
	f = tracefs_open(path);
	if (!f)
		return -errno;
	return fgets(text, sizeof(text), f) ? atoi(text) : -EINVAL;
}

int attach_tracepoint(struct prober *p, const struct hook *hook, int prog, struct finding *ret)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT};
	int id = read_tracepoint_id(hook->place), r;
	_cleanup_close_ int event = -1;

	if (id < 0) {
		trial_failed(p, ret, -id, "events/%s/id of tracefs", hook->place);
		return id;
	}
	attr.config = (uint64_t)id;
	event = open_event(p, &attr, -1, "a tracepoint", ret);
	if (event < 0)
		return event;
	r = set_event_program(p, event, prog, hook->name, ret);
	return r < 0 ? r : TAKE_FD(event);
}
