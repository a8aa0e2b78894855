// SPDX-License-Identifier: Apache-2.0
/* Hooks in programs: in this one. */
#include "fire.h"

#include <fcntl.h>
#include <link.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Newer than Debian 12's headers (include/uapi/linux/bpf.h). */
#define TRACE_UPROBE_MULTI 48
#define TRACE_UPROBE_SESSION 57
#define BUILD_ID_MISC (1 << 14) /* PERF_RECORD_MISC_MMAP_BUILD_ID */

#define IMAGE "/proc/self/exe"
#define ARGUMENT 1234
#define COOKIE 4242

/* The compiler sees neither who calls it nor what it does. */
__attribute__((noinline, visibility("default"))) unsigned long hooked(unsigned long v);
unsigned long hooked(unsigned long v)
{
	__asm__ volatile("" : "+r"(v));
	return v;
}

static unsigned long (*volatile hooked_function)(unsigned long) = hooked;

__attribute__((section(".probes"))) static volatile unsigned short semaphore;

static bool attach_hooked(struct run *run, bool on_return, uint64_t cookie, size_t counter)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts, .func_name = "hooked", .retprobe = on_return,
		    .bpf_cookie = cookie, .ref_ctr_offset = counter);

	run->link = bpf_program__attach_uprobe_opts(run->program, getpid(), IMAGE, 0, &opts);
	if (!run->link)
		no_errno(run, "attaching");
	return run->link != NULL;
}

/* What the program noted of one call. */
static enum works noted(struct run *run, long long expected)
{
	struct shared shared;

	hooked_function(ARGUMENT);
	shared = get_shared(run);
	if (shared.hits != 1)
		return no(run, "the program did not run once", 0);
	return shared.result == expected ? YES : no(run, "it saw something else", 0);
}

static enum works fire_uprobe(struct run *run)
{
	return attach_hooked(run, false, 0, 0) ? noted(run, ARGUMENT) : NO;
}

static enum works fire_uretprobe(struct run *run)
{
	return attach_hooked(run, true, 0, 0) ? noted(run, ARGUMENT) : NO;
}

static enum works fire_cookie(struct run *run)
{
	return attach_hooked(run, false, COOKIE, 0) ? noted(run, COOKIE) : NO;
}

struct image {
	uintptr_t base;
	size_t offset;
};

/* The first one is the program itself. */
static int find_semaphore(struct dl_phdr_info *info, size_t size, void *data)
{
	struct image *image = data;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && (uintptr_t)&semaphore >= start &&
		    (uintptr_t)&semaphore < start + p->p_filesz)
			image->offset = (uintptr_t)&semaphore - start + p->p_offset;
	}
	return 1;
}

static enum works fire_ref_ctr_offset(struct run *run)
{
	struct image image = {0};
	unsigned short during;

	dl_iterate_phdr(find_semaphore, &image);
	if (!image.offset)
		return no(run, "the semaphore is not in the file", 0);
	if (semaphore != 0)
		return no(run, "the semaphore is not 0 to begin with", 0);
	if (!attach_hooked(run, false, 0, image.offset))
		return NO;
	during = semaphore;
	bpf_link__destroy(run->link);
	run->link = NULL;
	if (during == 0)
		return no(run, "the semaphore was not raised", 0);
	return semaphore == 0 ? YES : no(run, "the semaphore was not lowered", 0);
}

/* Where in its file the function is. */
static uint64_t find_hooked(void)
{
	unsigned long start, end, offset, at = (uintptr_t)hooked_function;
	FILE *f = fopen("/proc/self/maps", "re");
	uint64_t found = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) == 3 && at >= start &&
		    at < end)
			found = at - start + offset;
	if (f)
		fclose(f);
	return found;
}

static enum works fire_multi(struct run *run, uint32_t type, unsigned long long hits)
{
	uint64_t offset = find_hooked();
	/* union bpf_attr from link_create on */
	struct {
		uint32_t program, target, type, flags;
		uint64_t path, offsets, counters, cookies;
		uint32_t count, multi_flags, pid, pad;
	} attr = {
		.program = (uint32_t)bpf_program__fd(run->program),
		.type = type,
		.path = (uint64_t)(uintptr_t)IMAGE,
		.offsets = (uint64_t)(uintptr_t)&offset,
		.count = 1,
		.pid = (uint32_t)getpid(),
	};
	int fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	if (fd < 0)
		return no_errno(run, "attaching");
	hooked_function(0);
	close(fd);
	if (get_shared(run).hits != hits)
		return no(run, "the program did not run as often as it should", 0);
	return YES;
}

static bool prepare_multi(struct run *run)
{
	set_attach_type(run, TRACE_UPROBE_MULTI);
	return true;
}

static enum works fire_uprobe_multi(struct run *run)
{
	return fire_multi(run, TRACE_UPROBE_MULTI, 1);
}

static bool prepare_session(struct run *run)
{
	set_attach_type(run, TRACE_UPROBE_SESSION);
	return true;
}

static enum works fire_uprobe_session(struct run *run)
{
	return fire_multi(run, TRACE_UPROBE_SESSION, 2);
}

/* Gives the program the address of a page of a file that nobody has looked at. */
static bool set_unseen(struct run *run, const void *data, size_t len, void **ret)
{
	struct shared shared = get_shared(run);
	char path[512];
	void *page;
	int fd;

	snprintf(path, sizeof(path), "%s/unseen", scratch);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len) {
		no_errno(run, path);
		return false;
	}
	page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	unlink(path);
	if (page == MAP_FAILED) {
		no_errno(run, "mapping a file");
		return false;
	}
	shared.address = (uint64_t)(uintptr_t)page;
	set_shared(run, &shared);
	*ret = page;
	return true;
}

static enum works fire_sleepable(struct run *run)
{
	const uint64_t mark = 0x1122334455667788;
	enum works works;
	void *page;

	if (!set_unseen(run, &mark, sizeof(mark), &page) || !attach_hooked(run, false, 0, 0))
		return NO;
	works = noted(run, (long long)mark);
	munmap(page, 4096);
	return works;
}

static enum works fire_copy_str(struct run *run)
{
	static const char text[] = "ocelli";
	void *page;
	enum works works;

	if (!set_unseen(run, text, sizeof(text), &page) || !attach_hooked(run, false, 0, 0))
		return NO;
	works = noted(run, sizeof(text));
	munmap(page, 4096);
	if (works == YES && strcmp(get_shared(run).text, text) != 0)
		return no(run, "it read something else", 0);
	return works;
}

static enum works fire_regs_change(struct run *run)
{
	if (!attach_hooked(run, false, 0, 0))
		return NO;
	return hooked_function(ARGUMENT) == 4711 ? YES : no(run, "the argument is the same", 0);
}

/* The event of a mapping of this program says what its build id is. */
static enum works fire_build_id(struct run *run)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1,
		.build_id = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct perf_event_mmap_page *ring;
	const struct perf_event_header *event;
	char buf[4096];
	int image;

	if (fd < 0)
		return no_errno(run, "perf_event_open");
	ring = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return no_errno(run, "mapping its ring");
	image = open(IMAGE, O_RDONLY | O_CLOEXEC);
	/* The kernel looks only at what is in memory. */
	while (read(image, buf, sizeof(buf)) > 0)
		;
	munmap(mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, image, 0), page);
	close(image);
	event = (const void *)((char *)ring + page);
	if (ring->data_head == 0 || event->type != PERF_RECORD_MMAP2)
		return no(run, "there was no event of the mapping", 0);
	return event->misc & BUILD_ID_MISC ? YES : no(run, "the event has no build id", 0);
}

/* They are bound to the uprobe that a link is of, and outlive the descriptor of it. */
static enum works fire_perf_link(struct run *run)
{
	struct bpf_link_info info = {0};
	uint32_t len = sizeof(info);

	if (!attach_hooked(run, false, 0, 0))
		return NO;
	if (bpf_obj_get_info_by_fd(bpf_link__fd(run->link), &info, &len) < 0 ||
	    info.type != BPF_LINK_TYPE_PERF_EVENT)
		return no(run, "what it is attached by is no link", 0);
	return noted(run, ARGUMENT);
}

const struct proof user_proofs[] = {
	{.feature = "uprobe", .fire = fire_uprobe},
	{.feature = "uretprobe", .fire = fire_uretprobe},
	{.feature = "get_attach_cookie", .object = "uprobe_cookie", .fire = fire_cookie},
	{.feature = "uprobe_ref_ctr_offset", .object = "uprobe", .fire = fire_ref_ctr_offset},
	{.feature = "uprobe_multi", .prepare = prepare_multi, .fire = fire_uprobe_multi},
	{.feature = "uprobe_session",
	 .object = "uprobe_multi",
	 .prepare = prepare_session,
	 .fire = fire_uprobe_session},
	{.feature = "uprobe_sleepable", .fire = fire_sleepable},
	{.feature = "copy_from_user_str", .fire = fire_copy_str},
	{.feature = "uprobe_regs_change", .fire = fire_regs_change},
	{.feature = "perf_build_id", .object = "", .fire = fire_build_id},
	{.feature = "perf_link", .object = "uprobe", .fire = fire_perf_link},
};
const size_t n_user_proofs = COUNT(user_proofs);
