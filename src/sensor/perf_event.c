// SPDX-License-Identifier: Apache-2.0
#include "sensor/perf_event.h"
#include "base/cleanup.h"
#include "base/tracefs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOURCES "/sys/bus/event_source/devices/"

/* A number, behind the last colon if there is one ("config:0"); or negative errno. */
static int read_number(FILE *f)
{
	char line[64];
	const char *colon;

	if (!fgets(line, sizeof(line), f))
		return -EIO;
	colon = strrchr(line, ':');
	return atoi(colon ? colon + 1 : line);
}

static int source_number(const char *source, const char *name)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[128];

	snprintf(path, sizeof(path), SOURCES "%s/%s", source, name);
	f = fopen(path, "re");
	return f ? read_number(f) : -errno;
}

/* On one CPU: the program is the event's, and runs wherever it happens (kernel/events/core.c:
 * perf_event_set_bpf_prog()). */
static int open_event(struct perf_event_attr *attr)
{
	long fd;

	attr->size = sizeof(*attr);
	fd = syscall(SYS_perf_event_open, attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

static int tracepoint_id(const char *name)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[256];

	snprintf(path, sizeof(path), "events/%s/id", name);
	f = tracefs_open(path);
	return f ? read_number(f) : -errno;
}

int perf_event_tracepoint(const char *name, struct error **reterr)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT};
	int r = tracepoint_id(name);

	if (r == -ENOENT)
		return error_set(reterr, r, "this kernel has no tracepoint %s", name);
	if (r < 0)
		return error_set(reterr, r, "cannot read the number of the event %s in tracefs: %s",
				 name, strerror(-r));
	attr.config = (uint64_t)r;
	r = open_event(&attr);
	return r < 0 ? error_set(reterr, r, "cannot open tracepoint %s: %s", name, strerror(-r))
		     : r;
}

bool perf_event_has_kprobes(void)
{
	return access(SOURCES "kprobe/type", R_OK) == 0;
}

static int explain_kprobe(int r, const char *symbol, struct error **reterr)
{
	if (r == -ENOENT || r == -EINVAL)
		return error_set(reterr, r, "this kernel has no function %s that can be hooked",
				 symbol);
	/* kernel/trace/trace_kprobe.c, since 6.7 */
	if (r == -EADDRNOTAVAIL)
		return error_set(reterr, r, "this kernel has several functions %s", symbol);
	return error_set(reterr, r, "cannot hook %s: %s", symbol, strerror(-r));
}

int perf_event_kprobe(const char *symbol, bool on_return, struct error **reterr)
{
	struct perf_event_attr attr = {.kprobe_func = (uint64_t)(uintptr_t)symbol};
	int type = source_number("kprobe", "type");
	int bit = source_number("kprobe", "format/retprobe"), r;

	if (type < 0 || bit < 0)
		return error_set(reterr, -EOPNOTSUPP,
				 "this kernel has no kprobes, which hooking %s takes", symbol);
	attr.type = (uint32_t)type;
	attr.config = on_return ? 1ULL << bit : 0;
	r = open_event(&attr);
	return r < 0 ? explain_kprobe(r, symbol, reterr) : r;
}

/* kernel/trace/trace_event_perf.c: perf_uprobe_init() and those that it calls */
int perf_event_explain_uprobe(int r, uint64_t offset, struct error **reterr)
{
	if (r == -EINVAL)
		return error_set(reterr, r, "nothing is executed at 0x%llx of the file",
				 (unsigned long long)offset);
	/* kernel/events/uprobes.c: prepare_uprobe() */
	if (r == -EOPNOTSUPP || r == -KERNEL_ENOTSUPP)
		return error_set(reterr, r,
				 "at 0x%llx of the file is an instruction that the kernel cannot "
				 "put a breakpoint on",
				 (unsigned long long)offset);
	return error_set(reterr, r, "cannot hook 0x%llx of the file: %s",
			 (unsigned long long)offset, strerror(-r));
}

int perf_event_uprobe(const char *path, uint64_t offset, uint64_t ref_ctr_offset, bool on_return,
		      struct error **reterr)
{
	struct perf_event_attr attr = {.uprobe_path = (uint64_t)(uintptr_t)path,
				       .probe_offset = offset};
	int type = source_number("uprobe", "type");
	int bit = source_number("uprobe", "format/retprobe");
	int shift = source_number("uprobe", "format/ref_ctr_offset"), r;

	if (type < 0 || bit < 0)
		return error_set(reterr, -EOPNOTSUPP,
				 "this kernel has no uprobes, which hooking programs takes");
	/* It has 32 bits there. */
	if (ref_ctr_offset && (shift < 0 || ref_ctr_offset >> (64 - shift)))
		return error_set(reterr, -EOPNOTSUPP,
				 "this kernel cannot count who listens to a probe at 0x%llx",
				 (unsigned long long)ref_ctr_offset);
	attr.type = (uint32_t)type;
	attr.config =
		(on_return ? 1ULL << bit : 0) | (ref_ctr_offset ? ref_ctr_offset << shift : 0);
	r = open_event(&attr);
	return r < 0 ? perf_event_explain_uprobe(r, offset, reterr) : r;
}

int perf_event_attach(int event, int prog)
{
	/* Since 5.15: a link tells what was missed. */
	int link = bpf_link_create(prog, event, BPF_PERF_EVENT, NULL);
	int r = 0;

	if ((link < 0 && ioctl(event, PERF_EVENT_IOC_SET_BPF, prog) < 0) ||
	    ioctl(event, PERF_EVENT_IOC_ENABLE, 0) < 0)
		r = -errno;
	if (link < 0 && r >= 0)
		return event;
	close(event);
	if (r < 0 && link >= 0)
		close(link);
	return r < 0 ? r : link;
}
