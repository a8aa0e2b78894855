// SPDX-License-Identifier: Apache-2.0
/* Maps, and what programs can call. */
#include "fire.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define MARK 0x1122334455667788
#define PATIENCE_MS 5000

static struct bpf_map *map_of(struct run *run, const char *name)
{
	return bpf_object__find_map_by_name(run->object, name);
}

/* The program's result of one call is as expected. */
static enum works results_in(struct run *run, long long expected)
{
	struct shared shared;

	if (!attach_and_call(run, &shared))
		return NO;
	return shared.result == expected ? YES : no(run, "it came to something else", 0);
}

static enum works fire_task_storage(struct run *run)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct shared shared;
	uint64_t v = 0;

	if (!attach_and_call(run, &shared))
		return NO;
	if (bpf_map_lookup_elem(bpf_map__fd(map_of(run, "storage")), &pidfd, &v) < 0)
		return no_errno(run, "looking into it");
	close(pidfd);
	return v == 7 ? YES : no(run, "something else is in it", 0);
}

__attribute__((noinline)) unsigned long stored(unsigned long v);
unsigned long stored(unsigned long v)
{
	__asm__ volatile("" : "+r"(v));
	return v;
}

static unsigned long (*volatile stored_function)(unsigned long) = stored;

static enum works fire_task_storage_kprobe(struct run *run)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts, .func_name = "stored");
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	uint64_t v = 0;

	run->link =
		bpf_program__attach_uprobe_opts(run->program, getpid(), "/proc/self/exe", 0, &opts);
	if (!run->link)
		return no_errno(run, "attaching");
	stored_function(0);
	if (bpf_map_lookup_elem(bpf_map__fd(map_of(run, "storage")), &pidfd, &v) < 0)
		return no_errno(run, "looking into it");
	close(pidfd);
	return v == 7 ? YES : no(run, "something else is in it", 0);
}

static enum works fire_cgroup_storage(struct run *run)
{
	return results_in(run, 7);
}

static int take_sample(void *to, void *data, size_t len)
{
	if (len == sizeof(uint64_t))
		memcpy(to, data, len);
	return 0;
}

static enum works fire_ring_buffer(struct run *run)
{
	struct shared shared = get_shared(run);
	struct ring_buffer *ring;
	uint64_t v = 0;

	shared.number = MARK;
	set_shared(run, &shared);
	ring = ring_buffer__new(bpf_map__fd(map_of(run, "ring")), take_sample, &v, NULL);
	if (!ring)
		return no_errno(run, "opening the ring");
	if (attach_and_call(run, &shared))
		ring_buffer__poll(ring, PATIENCE_MS);
	ring_buffer__free(ring);
	if (run->why[0])
		return NO;
	return v == MARK ? YES : no(run, "nothing came", 0);
}

static enum works fire_user_ring_buffer(struct run *run)
{
	struct user_ring_buffer *ring =
		user_ring_buffer__new(bpf_map__fd(map_of(run, "ring")), NULL);
	uint64_t *sample;

	if (!ring)
		return no_errno(run, "opening the ring");
	sample = user_ring_buffer__reserve(ring, sizeof(*sample));
	if (sample) {
		*sample = MARK;
		user_ring_buffer__submit(ring, sample);
		results_in(run, MARK);
	} else {
		no_errno(run, "writing to the ring");
	}
	user_ring_buffer__free(ring);
	return run->why[0] ? NO : YES;
}

static enum works fire_timer(struct run *run)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	struct shared shared;

	if (!attach_and_call(run, &shared))
		return NO;
	for (int i = 0; i < PATIENCE_MS && get_shared(run).result == 0; i++)
		nanosleep(&moment, NULL);
	return get_shared(run).result == 1 ? YES : no(run, "it did not ring", 0);
}

static enum works fire_batch_update(struct run *run)
{
	uint32_t keys[100], values[100], n = COUNT(keys), v = 0, last = 99;
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "batch", 4, 4, COUNT(keys), NULL);

	for (uint32_t i = 0; i < n; i++) {
		keys[i] = i;
		values[i] = i * i;
	}
	if (bpf_map_update_batch(fd, keys, values, &n, NULL) < 0) {
		no_errno(run, "updating");
		close(fd);
		return NO;
	}
	bpf_map_lookup_elem(fd, &last, &v);
	close(fd);
	return n == COUNT(keys) && v == last * last ? YES : no(run, "not all is in it", 0);
}

/* Its constants are frozen, its variables are ours, too. */
static enum works fire_global_data(struct run *run)
{
	const struct shared *mapped =
		mmap(NULL, sizeof(*mapped), PROT_READ, MAP_SHARED, bpf_map__fd(run->data), 0);

	if (mapped == MAP_FAILED)
		return no_errno(run, "mapping it");
	if (!attach(run))
		return NO;
	call();
	return mapped->hits == 1 ? YES : no(run, "nothing changed in memory", 0);
}

static enum works fire_read_kernel(struct run *run)
{
	struct shared shared;

	if (!attach_and_call(run, &shared))
		return NO;
	return strcmp(shared.text, "fire") == 0 ? YES : no(run, "it read something else", 0);
}

static enum works fire_read_user(struct run *run)
{
	struct shared shared = get_shared(run);
	static volatile uint64_t mark = MARK;

	shared.address = (uint64_t)(uintptr_t)&mark;
	set_shared(run, &shared);
	return results_in(run, MARK);
}

static enum works fire_write_user(struct run *run)
{
	struct shared shared = get_shared(run);
	static volatile uint64_t target;

	shared.address = (uint64_t)(uintptr_t)&target;
	shared.number = MARK;
	set_shared(run, &shared);
	if (!attach_and_call(run, &shared))
		return NO;
	return target == MARK ? YES : no(run, "nothing was written", (int)-shared.result);
}

static int64_t boot_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static enum works fire_boot_time(struct run *run)
{
	int64_t before = boot_time();
	struct shared shared;

	if (!attach_and_call(run, &shared))
		return NO;
	return shared.result >= before && shared.result <= boot_time()
		       ? YES
		       : no(run, "it is another time", 0);
}

/* Walks the tasks to the end. */
static bool walk(struct run *run)
{
	char buf[64];
	int fd;

	if (!attach(run))
		return false;
	fd = bpf_iter_create(bpf_link__fd(run->link));
	if (fd < 0) {
		no_errno(run, "creating the walk");
		return false;
	}
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
	return true;
}

static enum works fire_task_iterator(struct run *run)
{
	if (!walk(run))
		return NO;
	return get_shared(run).result == 1 ? YES : no(run, "it did not come to us", 0);
}

static enum works fire_task_iterator_sleepable(struct run *run)
{
	struct shared shared = get_shared(run);
	static volatile uint64_t mark = MARK;

	shared.address = (uint64_t)(uintptr_t)&mark;
	set_shared(run, &shared);
	if (!walk(run))
		return NO;
	return get_shared(run).result == MARK ? YES : no(run, "it did not read our memory", 0);
}

static enum works fire_loop(struct run *run)
{
	return results_in(run, 10000LL * 9999 / 2);
}

static enum works fire_short_loop(struct run *run)
{
	return results_in(run, 1000LL * 999 / 2);
}

static enum works fire_loginuid(struct run *run)
{
	FILE *f = fopen("/proc/self/loginuid", "re");
	unsigned expected = 0;
	struct shared shared;

	if (f && fscanf(f, "%u", &expected) != 1)
		expected = 0;
	if (f)
		fclose(f);
	if (!attach(run))
		return NO;
	fork_once();
	shared = get_shared(run);
	if (shared.hits == 0)
		return no(run, "there is none", 0);
	return (unsigned)shared.result == expected ? YES : no(run, "it is another", 0);
}

static enum works fire_cgroup_id(struct run *run)
{
	struct shared shared;

	if (!attach_and_call(run, &shared))
		return NO;
	return shared.result > 0 ? YES : no(run, "it is none", 0);
}

static enum works fire_func_arg(struct run *run)
{
	if (!attach(run))
		return NO;
	kill(getpid(), SIGWINCH); /* which is ignored */
	return get_shared(run).result == SIGWINCH ? YES : no(run, "it is another argument", 0);
}

static bool prepare_called(struct run *run)
{
	if (bpf_program__set_attach_target(run->program, 0, CALLED) == 0)
		return true;
	no_errno(run, "finding the function");
	return false;
}

static enum works fire_func_ret(struct run *run)
{
	return results_in(run, getpgid(0));
}

static enum works fire_find(struct run *run)
{
	return results_in(run, 4);
}

static enum works fire_own_pid(struct run *run)
{
	return results_in(run, getpid());
}

static enum works fire_snprintf(struct run *run)
{
	struct shared shared;
	char expected[32];

	snprintf(expected, sizeof(expected), "pid=%d", getpid());
	if (!attach_and_call(run, &shared))
		return NO;
	return strcmp(shared.text, expected) == 0 ? YES : no(run, "it is another text", 0);
}

static enum works fire_ran(struct run *run)
{
	struct shared shared;

	return attach_and_call(run, &shared) ? YES : NO;
}

static enum works fire_mix(struct run *run)
{
	/* The first in the file is the one that is called last. */
	run->program = bpf_object__find_program_by_name(run->object, "first");
	return results_in(run, 1);
}

static enum works fire_run_stats(struct run *run)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	struct shared shared;

	if (fd < 0)
		return no_errno(run, "enabling them");
	if (attach_and_call(run, &shared))
		bpf_obj_get_info_by_fd(bpf_program__fd(run->program), &info, &len);
	close(fd);
	if (run->why[0])
		return NO;
	return info.run_cnt > 0 ? YES : no(run, "no run was counted", 0);
}

/* The link is pinned, and the program runs on when nobody holds it any more. */
static enum works fire_link_pin(struct run *run)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts, .func_name = "stored");
	char dir[512], path[600];
	int r;

	snprintf(dir, sizeof(dir), "%s/bpffs", scratch);
	snprintf(path, sizeof(path), "%s/link", dir);
	/* Nobody else sees it, and it goes with this process. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    (mkdir(dir, 0700) < 0 && errno != EEXIST) || mount("bpf", dir, "bpf", 0, NULL) < 0)
		return no_errno(run, "mounting a BPF file system");
	run->link =
		bpf_program__attach_uprobe_opts(run->program, getpid(), "/proc/self/exe", 0, &opts);
	if (!run->link)
		no_errno(run, "attaching");
	else if (bpf_link__pin(run->link, path) < 0)
		no_errno(run, "pinning");
	if (!run->why[0]) {
		bpf_link__disconnect(run->link);
		bpf_link__destroy(run->link);
		run->link = NULL;
		stored_function(0);
		r = unlink(path);
		if (r < 0 || get_shared(run).hits != 1)
			no(run, "it did not stay", 0);
	}
	umount2(dir, MNT_DETACH);
	rmdir(dir);
	return run->why[0] ? NO : YES;
}

/* A process that may lock no memory still gets maps. */
static enum works fire_memcg(struct run *run)
{
	/* Not by libbpf, which would raise the limit. */
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 10};
	const struct rlimit none = {0, 0};
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_MEMLOCK, &none);
		_exit(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)) < 0);
	}
	waitpid(pid, &status, 0);
	return status == 0 ? YES : no(run, "it got no map", 0);
}

const struct proof data_proofs[] = {
	{.feature = "task_storage", .fire = fire_task_storage},
	{.feature = "task_storage_kprobe", .fire = fire_task_storage_kprobe},
	{.feature = "cgroup_storage", .fire = fire_cgroup_storage},
	{.feature = "ring_buffer", .fire = fire_ring_buffer},
	{.feature = "user_ring_buffer", .fire = fire_user_ring_buffer},
	{.feature = "timer", .fire = fire_timer},
	{.feature = "batch_update", .object = "", .fire = fire_batch_update},
	{.feature = "global_data", .fire = fire_global_data},
	{.feature = "probe_read_kernel", .fire = fire_read_kernel},
	{.feature = "probe_read_user", .fire = fire_read_user},
	{.feature = "probe_write_user", .fire = fire_write_user},
	{.feature = "ktime_get_boot_ns", .fire = fire_boot_time},
	{.feature = "task_iterator", .fire = fire_task_iterator},
	{.feature = "task_iterator_sleepable", .fire = fire_task_iterator_sleepable},
	{.feature = "copy_from_user_task",
	 .object = "task_iterator_sleepable",
	 .fire = fire_task_iterator_sleepable},
	{.feature = "bpf_loop", .fire = fire_loop},
	{.feature = "audit_loginuid", .fire = fire_loginuid},
	{.feature = "get_current_cgroup_id", .fire = fire_cgroup_id},
	{.feature = "get_func_arg", .fire = fire_func_arg},
	{.feature = "get_func_ret", .prepare = prepare_called, .fire = fire_func_ret},
	{.feature = "iter_num", .fire = fire_short_loop},
	{.feature = "strstr", .fire = fire_find},
	{.feature = "strcasestr", .fire = fire_find},
	{.feature = "rdonly_cast", .fire = fire_own_pid},
	{.feature = "task_from_pid", .fire = fire_own_pid},
	{.feature = "snprintf", .fire = fire_snprintf},
	{.feature = "large_programs", .fire = fire_ran},
	{.feature = "bounded_loops", .fire = fire_short_loop},
	{.feature = "mix_bpf_and_tail_calls", .fire = fire_mix},
	{.feature = "run_stats", .fire = fire_run_stats},
	{.feature = "link_pin", .object = "uprobe", .fire = fire_link_pin},
	{.feature = "memcg_accounting", .object = "", .fire = fire_memcg},
};
const size_t n_data_proofs = COUNT(data_proofs);
