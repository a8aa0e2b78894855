// SPDX-License-Identifier: Apache-2.0
/*
 * fire OBJECTS SCRATCH [FEATURE...]: says of each feature, as JSON, one a line, whether it works.
 * fire --programs NAME, fire --maps NAME: says which of that name the kernel has, one a line.
 */
#include "fire.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *objects;
const char *scratch;

/* What libbpf says is for whoever wants to know why. */
__attribute__((format(printf, 2, 0))) static int print_libbpf(enum libbpf_print_level level,
							      const char *fmt, va_list ap)
{
	return getenv("FIRE_VERBOSE") ? vfprintf(stderr, fmt, ap) : 0;
}

enum works no(struct run *run, const char *what, int error)
{
	snprintf(run->why, sizeof(run->why), "%s%s%s", what, error ? ": " : "",
		 error ? strerror(error) : "");
	return NO;
}

enum works no_errno(struct run *run, const char *what)
{
	return no(run, what, errno);
}

void set_attach_type(struct run *run, unsigned type)
{
	bpf_program__set_expected_attach_type(run->program, (enum bpf_attach_type)type);
}

bool attach(struct run *run)
{
	run->link = bpf_program__attach(run->program);
	if (!run->link)
		no_errno(run, "attaching");
	return run->link != NULL;
}

struct shared get_shared(struct run *run)
{
	struct shared shared;
	uint32_t zero = 0;

	memset(&shared, 0, sizeof(shared));
	bpf_map_lookup_elem(bpf_map__fd(run->data), &zero, &shared);
	return shared;
}

void set_shared(struct run *run, const struct shared *shared)
{
	uint32_t zero = 0;

	bpf_map_update_elem(bpf_map__fd(run->data), &zero, shared, BPF_ANY);
}

long call(void)
{
	return syscall(SYS_getpgid, 0);
}

pid_t fork_once(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

bool attach_and_call(struct run *run, struct shared *ret)
{
	if (!attach(run))
		return false;
	call();
	*ret = get_shared(run);
	if (ret->hits == 0)
		no(run, "the program did not run", 0);
	return ret->hits > 0;
}

static bool load(struct run *run, const struct proof *proof)
{
	struct shared shared = {.pid = (uint32_t)getpid(), .syscall = SYS_getpgid};
	struct bpf_map *map;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.bpf.o", objects,
		 proof->object ? proof->object : proof->feature);
	run->object = bpf_object__open_file(path, NULL);
	if (!run->object) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	run->program = bpf_object__next_program(run->object, NULL);
	bpf_object__for_each_map(map, run->object)
	{
		if (strstr(bpf_map__name(map), ".bss"))
			run->data = map;
	}
	if (proof->prepare && !proof->prepare(run))
		return false;
	if (bpf_object__load(run->object) < 0) {
		no_errno(run, "loading");
		return false;
	}
	set_shared(run, &shared);
	return true;
}

static enum works try(struct run *run, const struct proof *proof)
{
	enum works works;

	/* "" is of those that need no program. */
	if (proof->object && !proof->object[0])
		return proof->fire(run);
	works = load(run, proof) ? proof->fire(run) : NO;
	bpf_link__destroy(run->link);
	bpf_object__close(run->object);
	return works;
}

static void tell(const struct proof *proof)
{
	static const char *const words[] = {"false", "true", "null"};
	struct run run = {0};
	enum works works = try(&run, proof);

	/* Nothing in it needs escaping: our words and those of strerror(). */
	printf("{\"feature\":\"%s\",\"works\":%s,\"why\":\"%s\",\"note\":\"%s\"}\n", proof->feature,
	       words[works], run.why, run.note);
	fflush(stdout);
}

static bool wanted(const char *feature, int n, char **names)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(names[i], feature))
			return true;
	return n == 0;
}

static void tell_programs(const char *name)
{
	uint32_t id = 0;

	while (bpf_prog_get_next_id(id, &id) == 0) {
		struct bpf_prog_info info = {0};
		uint32_t len = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) && !strcmp(info.name, name))
			printf("program %u of type %u\n", id, info.type);
		if (fd >= 0)
			close(fd);
	}
}

static void tell_maps(const char *name)
{
	uint32_t id = 0;

	while (bpf_map_get_next_id(id, &id) == 0) {
		struct bpf_map_info info = {0};
		uint32_t len = sizeof(info);
		int fd = bpf_map_get_fd_by_id(id);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) && !strcmp(info.name, name))
			printf("map %u of type %u\n", id, info.type);
		if (fd >= 0)
			close(fd);
	}
}

/* libbpf looks for it where it is by default; here only this process sees it. */
static void mount_tracefs(void)
{
	if (access("/sys/kernel/tracing/events", F_OK) < 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
}

int main(int argc, char **argv)
{
	const struct {
		const struct proof *proofs;
		size_t n;
	} all[] = {{kernel_proofs, n_kernel_proofs},
		   {user_proofs, n_user_proofs},
		   {deny_proofs, n_deny_proofs},
		   {data_proofs, n_data_proofs}};
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

	if (argc < 3) {
		fprintf(stderr, "usage: fire OBJECTS SCRATCH [FEATURE...]\n");
		return 2;
	}
	if (!strcmp(argv[1], "--programs")) {
		tell_programs(argv[2]);
		return 0;
	}
	if (!strcmp(argv[1], "--maps")) {
		tell_maps(argv[2]);
		return 0;
	}
	objects = argv[1];
	scratch = argv[2];
	mount_tracefs();
	libbpf_set_print(print_libbpf);
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	for (size_t i = 0; i < COUNT(all); i++)
		for (size_t j = 0; j < all[i].n; j++)
			if (wanted(all[i].proofs[j].feature, argc - 3, argv + 3))
				tell(&all[i].proofs[j]);
	return 0;
}
