// SPDX-License-Identifier: Apache-2.0
#include "sensor/loads.h"
#include "abi/record.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <linux/perf_event.h>
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

/* A record has a path, and some hundred bytes (kernel/events/core.c: perf_event_mmap_event()). */
#define RECORD_MAX 8192

/* include/linux/proc_ns.h: PROC_PID_INIT_INO */
#define INITIAL_PID_NS 0xEFFFFFFCU

/* Since 6.0; uapi/linux/perf_event.h. */
#define FORMAT_LOST (1U << 4)

/* PERF_RECORD_MMAP2 with a build ID, uapi/linux/perf_event.h; the time is its last eight bytes. */
struct mapping {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t addr, len, pgoff;
	union {
		struct {
			uint32_t major, minor;
			uint64_t inode, generation;
		};
		struct {
			uint8_t build_id_size;
			uint8_t reserved[3];
			uint8_t build_id[20];
		};
	};
	uint32_t prot, flags;
	char path[];
};

struct renaming { /* PERF_RECORD_COMM */
	struct perf_event_header header;
	uint32_t pid, tid;
};

struct lost { /* PERF_RECORD_LOST */
	struct perf_event_header header;
	uint64_t id, n;
};

struct buffer {
	int fd;
	struct perf_event_mmap_page *page;
	const char *data;
	uint64_t at;     /* of the next that matters; at the end there is none … */
	uint64_t time;   /* … and this is its time */
	uint64_t passed; /* those before are older than all that comes */
	uint64_t end;    /* of what was collected */
	uint64_t lost;   /* by the records that say so */
};

struct loads {
	struct buffer *v;
	size_t n, size; /* of each, in bytes */
	size_t page;
	bool counts_lost;
	/* A copy of what goes round the end of a buffer, and what is made of it. */
	uint64_t bounce[RECORD_MAX / 8], made[(sizeof(struct record_load) + RECORD_MAX) / 8];
};

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
		return error_remedy(reterr, "run it in that of the host"), -EOPNOTSUPP;
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

static int add_buffer(struct loads *loads, int cpu)
{
	struct buffer *b = &loads->v[loads->n];
	_cleanup_close_ int fd = open_event(cpu, loads->size / 2, &loads->counts_lost);
	void *p;

	/* It is offline. */
	if (fd == -ENODEV)
		return 0;
	if (fd < 0)
		return fd;
	p = mmap(NULL, loads->page + loads->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*b = (struct buffer){.fd = TAKE_FD(fd), .page = p, .data = (const char *)p + loads->page};
	loads->n++;
	return 0;
}

int loads_new(struct loads **ret, struct error **reterr)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct loads *loads = calloc(1, sizeof(*loads));
	int r = 0;

	if (loads)
		loads->v = calloc((size_t)cpus, sizeof(*loads->v));
	if (!loads || !loads->v) {
		free(loads);
		return error_set(reterr, -ENOMEM, "out of memory");
	}
	loads->page = (size_t)sysconf(_SC_PAGESIZE);
	loads->size = MAX(buffer_size((size_t)cpus), loads->page);
	loads->counts_lost = true;
	for (int cpu = 0; cpu < cpus && r >= 0; cpu++)
		r = add_buffer(loads, cpu);
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
	for (size_t i = 0; i < (*loads)->n; i++) {
		munmap((*loads)->v[i].page, (*loads)->page + (*loads)->size);
		close((*loads)->v[i].fd);
	}
	free((*loads)->v);
	free(*loads);
	*loads = NULL;
}

void loads_stop(struct loads *loads)
{
	for (size_t i = 0; i < loads->n; i++)
		ioctl(loads->v[i].fd, PERF_EVENT_IOC_DISABLE, 0);
}

int loads_watch(const struct loads *loads, int epoll_fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	for (size_t i = 0; i < loads->n; i++)
		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, loads->v[i].fd, &event) < 0)
			return -errno;
	return 0;
}

static uint64_t head_of(const struct buffer *b)
{
	return __atomic_load_n(&b->page->data_head, __ATOMIC_ACQUIRE);
}

bool loads_pending(const struct loads *loads)
{
	for (size_t i = 0; i < loads->n; i++)
		if (loads->v[i].at != head_of(&loads->v[i]))
			return true;
	return false;
}

/* Records are in units of eight bytes, and so is the buffer: none of these goes round its end. */
static const void *word_at(const struct loads *loads, const struct buffer *b, uint64_t at)
{
	return b->data + (at & (loads->size - 1));
}

static const void *record_at(struct loads *loads, const struct buffer *b, uint64_t pos, size_t len)
{
	size_t at = pos & (loads->size - 1), first = loads->size - at;

	if (len <= first)
		return b->data + at;
	memcpy(loads->bounce, b->data + at, first);
	memcpy((char *)loads->bounce + first, b->data, len - first);
	return loads->bounce;
}

/* What has no path is nobody's file: "//anon", "[vdso]". */
static bool is_file(const struct mapping *m)
{
	return m->header.size > sizeof(*m) + sizeof(uint64_t) && m->path[0] == '/' &&
	       m->path[1] != '/';
}

static bool matters(struct loads *loads, struct buffer *b, const struct perf_event_header *header)
{
	if (header->size > RECORD_MAX)
		return false;
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		return is_file(record_at(loads, b, b->at, header->size));
	case PERF_RECORD_COMM:
		return header->misc & PERF_RECORD_MISC_COMM_EXEC;
	case PERF_RECORD_LOST:
		b->lost += ((const struct lost *)record_at(loads, b, b->at, header->size))->n;
		return false;
	default:
		return false;
	}
}

/* Goes to the next that matters, from where it is. */
static void seek(struct loads *loads, struct buffer *b)
{
	while (b->at < b->end) {
		const struct perf_event_header *header = word_at(loads, b, b->at);

		if (matters(loads, b, header)) {
			const uint64_t *time = word_at(loads, b, b->at + header->size - 8);

			b->time = *time;
			break;
		}
		b->at += header->size;
	}
	__atomic_store_n(&b->page->data_tail, b->at, __ATOMIC_RELEASE);
}

void loads_collect(struct loads *loads, bool passed)
{
	for (size_t i = 0; i < loads->n; i++) {
		struct buffer *b = &loads->v[i];
		bool dry = b->at == b->end;

		if (passed)
			b->passed = b->end;
		b->end = head_of(b);
		if (dry)
			seek(loads, b);
	}
}

static void set_file(struct record_load *to, const struct mapping *m)
{
	const char *path = m->path;
	size_t room = m->header.size - sizeof(*m) - sizeof(uint64_t);

	if (m->header.misc & PERF_RECORD_MISC_MMAP_BUILD_ID) {
		to->build_id_size = MIN(m->build_id_size, sizeof(to->build_id));
		memcpy(to->build_id, m->build_id, to->build_id_size);
	} else {
		to->device = (uint64_t)m->major << 32 | m->minor;
		to->inode = m->inode;
	}
	to->path_size = (uint32_t)strnlen(path, room);
	memcpy(to + 1, path, to->path_size);
}

static const struct record_load *make(struct loads *loads, const struct buffer *b)
{
	const struct perf_event_header *header = word_at(loads, b, b->at);
	const struct renaming *r = record_at(loads, b, b->at, header->size);
	struct record_load *to = (void *)loads->made;

	/* Both begin with them. */
	*to = (struct record_load){
		.record = {.type = RECORD_LOAD, .time = b->time}, .pid = r->pid, .tid = r->tid};
	if (r->header.type == PERF_RECORD_MMAP2)
		set_file(to, (const struct mapping *)r);
	else
		to->flags = LOAD_EXECVE;
	to->record.size = (uint32_t)sizeof(*to) + to->path_size;
	return to;
}

/* NULL: there is none. @all: also what is not older than all that comes. */
static struct buffer *earliest(struct loads *loads, bool all)
{
	struct buffer *best = NULL;

	for (size_t i = 0; i < loads->n; i++) {
		struct buffer *b = &loads->v[i];

		if (b->at < (all ? b->end : b->passed) && (!best || b->time < best->time))
			best = b;
	}
	return best;
}

static void deliver(struct loads *loads, struct buffer *b, ring_fn fn, void *userdata)
{
	const struct record_load *record = make(loads, b);

	fn(userdata, record, record->record.size);
	b->at += ((const struct perf_event_header *)word_at(loads, b, b->at))->size;
	seek(loads, b);
}

size_t loads_before(struct loads *loads, uint64_t time, ring_fn fn, void *userdata)
{
	struct buffer *b;
	size_t n = 0;

	for (; (b = earliest(loads, true)) && b->time < time; n++)
		deliver(loads, b, fn, userdata);
	return n;
}

size_t loads_flush(struct loads *loads, ring_fn fn, void *userdata)
{
	struct buffer *b;
	size_t n = 0;

	for (; (b = earliest(loads, false)); n++)
		deliver(loads, b, fn, userdata);
	return n;
}

uint64_t loads_lost(const struct loads *loads)
{
	uint64_t lost = 0, v[2]; /* of the event, which never happens; and of its buffer */

	for (size_t i = 0; i < loads->n; i++) {
		const struct buffer *b = &loads->v[i];

		if (loads->counts_lost && read(b->fd, v, sizeof(v)) == (ssize_t)sizeof(v))
			lost += v[1];
		else
			lost += b->lost;
	}
	return lost;
}
