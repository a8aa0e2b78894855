// SPDX-License-Identifier: Apache-2.0
#include "sensor/loads_buffers.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/macro.h"
#include "sensor/loads.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Of all buffers, as far as each can have what it needs: a hundred processes at once. */
#define TOTAL_BYTES (4UL << 20)
#define BUFFER_MIN (32UL << 10)
#define BUFFER_MAX (512UL << 10)

#define ONLINE "/sys/devices/system/cpu/online"

/* include/linux/proc_ns.h: PROC_PID_INIT_INO */
#define INITIAL_PID_NS 0xEFFFFFFCU

/* Since 6.0; uapi/linux/perf_event.h. */
#define FORMAT_LOST (1U << 4)

static int open_event(int cpu, size_t watermark, bool *reterr_counts_lost)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.build_id = 1,
		/* What tells mappings of the next image from those of the last. */
		.comm = 1,
		.comm_exec = 1,
		.use_clockid = 1,
		.clockid = CLOCK_BOOTTIME,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)watermark,
		.read_format = *reterr_counts_lost ? FORMAT_LOST : 0,
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0 && errno == EINVAL && *reterr_counts_lost) {
		*reterr_counts_lost = false;
		return open_event(cpu, watermark, reterr_counts_lost);
	}
	return fd < 0 ? -errno : (int)fd;
}

static int explain(int r, struct error **reterr)
{
	error_set(reterr, r,
		  "this kernel does not tell which files are mapped: perf_event_open: %s",
		  strerror(-r));
	if (r == -EINVAL || r == -ENOSYS)
		error_remedy(reterr, "\"loader\" needs Linux 5.12 or later with "
				     "CONFIG_PERF_EVENTS");
	else if (r == -EACCES || r == -EPERM)
		error_remedy(reterr, "give the agent CAP_PERFMON, and let its seccomp profile pass "
				     "perf_event_open(2)");
	return r;
}

int loads_check(struct error **reterr)
{
	bool counts_lost = true;
	struct stat ns;
	int fd;

	/* The kernel names processes by their pids as we see them. */
	if (stat("/proc/self/ns/pid", &ns) == 0 && ns.st_ino != INITIAL_PID_NS) {
		error_set(reterr, -EOPNOTSUPP,
			  "the agent is in a PID namespace of its own, and would not know who maps "
			  "a file");
		error_remedy(reterr, "run it in that of the host");
		return -EOPNOTSUPP;
	}
	fd = open_event(0, BUFFER_MIN, &counts_lost);
	if (fd < 0)
		return explain(fd, reterr);
	close(fd);
	return 0;
}

static size_t buffer_size(size_t cpus)
{
	size_t size = BUFFER_MIN;

	while (size < BUFFER_MAX && size * 2 * cpus <= TOTAL_BYTES)
		size *= 2;
	return size;
}

/* Takes over the descriptor. */
static int set_buffer(struct loads *loads, struct load_buffer *b, int cpu, int event)
{
	_cleanup_close_ int fd = event;
	void *p = mmap(NULL, loads->page + loads->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	*b = (struct load_buffer){
		.cpu = cpu,
		.fd = TAKE_FD(fd),
		.page = p,
		.data = (const char *)p + loads->page,
	};
	return 0;
}

static uint64_t lost_of(const struct loads *loads, const struct load_buffer *b)
{
	uint64_t v[2]; /* of the event, which never happens; and of its buffer */

	if (loads->counts_lost && read(b->fd, v, sizeof(v)) == (ssize_t)sizeof(v))
		return v[1];
	return b->lost;
}

static void buffer_done(struct loads *loads, struct load_buffer *b)
{
	loads->lost += lost_of(loads, b);
	munmap(b->page, loads->page + loads->size);
	close(b->fd);
}

static struct load_buffer *buffer_of(struct loads *loads, int cpu)
{
	for (size_t i = 0; i < loads->n; i++)
		if (loads->v[i].cpu == cpu)
			return &loads->v[i];
	return NULL;
}

static int follow_cpu(struct loads *loads, int cpu)
{
	struct load_buffer *b = buffer_of(loads, cpu);
	int fd = open_event(cpu, loads->size / 2, &loads->counts_lost), r;

	if (fd == -ENODEV) {
		if (b)
			b->offline = true;
		return 0;
	}
	if (fd < 0)
		return fd;
	if (b && !b->offline) {
		close(fd);
		return 0;
	}
	if (!b) {
		r = set_buffer(loads, &loads->v[loads->n], cpu, fd);
		loads->n += r >= 0;
		return r;
	}
	/* What was in it has been read since. */
	buffer_done(loads, b);
	r = set_buffer(loads, b, cpu, fd);
	if (r < 0)
		*b = loads->v[--loads->n];
	return r;
}

static bool cpus_changed(struct loads *loads)
{
	char cpus[LOADS_CPUS_MAX];
	ssize_t n = pread(loads->online, cpus, sizeof(cpus) - 1, 0);

	if (n <= 0)
		return false;
	cpus[n] = 0;
	if (!strcmp(cpus, loads->cpus))
		return false;
	memcpy(loads->cpus, cpus, (size_t)n + 1);
	log_debug("loads are told of CPUs %.*s", (int)n - 1, cpus);
	return true;
}

int loads_watch(const struct loads *loads, int epoll_fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	for (size_t i = 0; i < loads->n; i++)
		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, loads->v[i].fd, &event) < 0 &&
		    errno != EEXIST)
			return -errno;
	return 0;
}

int loads_follow(struct loads *loads, int epoll_fd)
{
	int r = 0;

	if (!cpus_changed(loads))
		return 0;
	for (int cpu = 0; cpu < loads->cpus_possible && r >= 0; cpu++)
		r = follow_cpu(loads, cpu);
	return r < 0 ? r : loads_watch(loads, epoll_fd);
}

int loads_new(struct loads **ret, struct error **reterr)
{
	int cpus = libbpf_num_possible_cpus(), r = 0;
	struct loads *loads = calloc(1, sizeof(*loads));

	if (loads && cpus > 0)
		loads->v = calloc((size_t)cpus, sizeof(*loads->v));
	if (!loads || !loads->v) {
		free(loads);
		return error_set(reterr, -ENOMEM, "out of memory");
	}
	loads->page = (size_t)sysconf(_SC_PAGESIZE);
	loads->size = MAX(buffer_size((size_t)sysconf(_SC_NPROCESSORS_ONLN)), loads->page);
	loads->first = UINT64_MAX;
	loads->counts_lost = true;
	loads->cpus_possible = cpus;
	loads->online = open(ONLINE, O_RDONLY | O_CLOEXEC);
	/* First, so that one that comes meanwhile is not missed. */
	cpus_changed(loads);
	for (int cpu = 0; cpu < cpus && r >= 0; cpu++)
		r = follow_cpu(loads, cpu);
	if (r < 0) {
		loads_free(&loads);
		return explain(r, reterr);
	}
	*ret = loads;
	return 0;
}

void loads_free(struct loads **loads)
{
	if (!*loads)
		return;
	for (size_t i = 0; i < (*loads)->n; i++)
		buffer_done(*loads, &(*loads)->v[i]);
	if ((*loads)->online >= 0)
		close((*loads)->online);
	free((*loads)->v);
	free(*loads);
	*loads = NULL;
}

void loads_stop(struct loads *loads)
{
	for (size_t i = 0; i < loads->n; i++)
		ioctl(loads->v[i].fd, PERF_EVENT_IOC_DISABLE, 0);
}

uint64_t loads_lost(const struct loads *loads)
{
	uint64_t lost = loads->lost;

	for (size_t i = 0; i < loads->n; i++)
		lost += lost_of(loads, &loads->v[i]);
	return lost;
}
