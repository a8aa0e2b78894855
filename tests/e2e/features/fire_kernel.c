// SPDX-License-Identifier: Apache-2.0
/* Hooks in the kernel. */
#include "fire.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

#define COOKIE 4242

/* Newer than Debian 12's headers (include/uapi/linux/bpf.h). */
#define TRACE_KPROBE_SESSION 56
#define TRACE_FSESSION 58

/* Whether the program runs as often as it is @expected to for one call. */
static enum works called_times(struct run *run, unsigned long long expected)
{
	if (!run->link)
		return no_errno(run, "attaching");
	call();
	if (get_shared(run).hits != expected)
		return no(run, "the program did not run as often as it should", 0);
	return YES;
}

static enum works fire_kprobe(struct run *run)
{
	run->link = bpf_program__attach_kprobe(run->program, false, CALLED);
	return called_times(run, 1);
}

static enum works fire_kretprobe(struct run *run)
{
	run->link = bpf_program__attach_kprobe(run->program, true, CALLED);
	return called_times(run, 1);
}

static enum works fire_kprobe_cookie(struct run *run)
{
	LIBBPF_OPTS(bpf_kprobe_opts, opts, .bpf_cookie = COOKIE);
	enum works works;

	run->link = bpf_program__attach_kprobe_opts(run->program, CALLED, &opts);
	works = called_times(run, 1);
	if (works == YES && get_shared(run).result != COOKIE)
		return no(run, "it was given another cookie", 0);
	return works;
}

static enum works fire_kprobe_multi(struct run *run)
{
	const char *names[] = {CALLED, SYSCALL_PREFIX "getsid"};
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = names, .cnt = COUNT(names));

	run->link = bpf_program__attach_kprobe_multi_opts(run->program, NULL, &opts);
	if (!run->link)
		return no_errno(run, "attaching");
	syscall(SYS_getsid, 0);
	return called_times(run, 2);
}

static bool prepare_kprobe_session(struct run *run)
{
	set_attach_type(run, TRACE_KPROBE_SESSION);
	return true;
}

static enum works fire_kprobe_session(struct run *run)
{
	const char *names[] = {CALLED};
	/* union bpf_attr from link_create on */
	struct {
		uint32_t program, target, type, flags, multi_flags, count;
		uint64_t names, addresses, cookies;
	} attr = {
		.program = (uint32_t)bpf_program__fd(run->program),
		.type = TRACE_KPROBE_SESSION,
		.count = 1,
		.names = (uint64_t)(uintptr_t)names,
	};
	int fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	if (fd < 0)
		return no_errno(run, "attaching");
	call();
	close(fd);
	if (get_shared(run).hits != 2)
		return no(run, "the program did not run on entry and return", 0);
	return YES;
}

static bool prepare_called(struct run *run)
{
	if (bpf_program__set_attach_target(run->program, 0, CALLED) == 0)
		return true;
	no_errno(run, "finding the function");
	return false;
}

static enum works fire_called(struct run *run)
{
	attach(run);
	return called_times(run, 1);
}

static bool prepare_fsession(struct run *run)
{
	set_attach_type(run, TRACE_FSESSION);
	return prepare_called(run);
}

static enum works fire_fsession(struct run *run)
{
	int fd = bpf_raw_tracepoint_open(NULL, bpf_program__fd(run->program));

	if (fd < 0)
		return no_errno(run, "attaching");
	call();
	close(fd);
	if (get_shared(run).hits != 2)
		return no(run, "the program did not run on entry and return", 0);
	return YES;
}

static enum works fire_fork(struct run *run)
{
	if (!attach(run))
		return NO;
	fork_once();
	return get_shared(run).hits == 1 ? YES : no(run, "the program did not run once", 0);
}

static enum works fire_tp_btf(struct run *run)
{
	pid_t pid;

	if (!attach(run))
		return NO;
	pid = fork_once();
	if (get_shared(run).hits != 1)
		return no(run, "the program did not run once", 0);
	return get_shared(run).result == pid ? YES : no(run, "it saw another child", 0);
}

static enum works fire_any_call(struct run *run)
{
	if (!attach(run))
		return NO;
	call();
	return get_shared(run).hits > 0 ? YES : no(run, "the program did not run", 0);
}

/* Of all BTF objects that the kernel has, one is its own; others of its are modules'. */
static enum works fire_btf_modules(struct run *run)
{
	uint32_t id = 0;

	while (bpf_btf_get_next_id(id, &id) == 0) {
		char name[64] = "";
		struct bpf_btf_info info = {.name = (uint64_t)(uintptr_t)name,
					    .name_len = sizeof(name)};
		uint32_t len = sizeof(info);
		int fd = bpf_btf_get_fd_by_id(id), r;

		if (fd < 0)
			continue;
		r = bpf_obj_get_info_by_fd(fd, &info, &len);
		close(fd);
		if (r == 0 && info.kernel_btf && strcmp(name, "vmlinux") != 0)
			return YES;
	}
	return no(run, "there is none of a module", 0);
}

/* Looks for the member of that name, at any depth, in a struct or union. Returns its type. */
static const struct btf_type *find_member(const struct btf *btf, const struct btf_type *type,
					  const char *name)
{
	const struct btf_member *members = btf_members(type);

	for (int i = 0; i < btf_vlen(type); i++) {
		const struct btf_type *inner = btf__type_by_id(btf, members[i].type), *found;

		if (!strcmp(btf__name_by_offset(btf, members[i].name_off), name))
			return inner;
		found = btf_is_composite(inner) ? find_member(btf, inner, name) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

/* What the kernel tells of a link has, in that part, a count of misses. */
static enum works tells_missed(struct run *run, const char *part)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int id = btf__find_by_name_kind(btf, "bpf_link_info", BTF_KIND_STRUCT);
	const struct btf_type *found = NULL;

	if (id > 0)
		found = find_member(btf, btf__type_by_id(btf, (uint32_t)id), part);
	if (found)
		found = find_member(btf, found, "missed");
	btf__free(btf);
	return found ? YES : no(run, "the kernel's types have no count of it", 0);
}

static enum works fire_missed_kprobe(struct run *run)
{
	run->link = bpf_program__attach_kprobe(run->program, false, CALLED);
	return run->link ? tells_missed(run, "kprobe") : no_errno(run, "attaching");
}

static enum works fire_missed_kprobe_multi(struct run *run)
{
	const char *names[] = {CALLED};
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = names, .cnt = COUNT(names));

	run->link = bpf_program__attach_kprobe_multi_opts(run->program, NULL, &opts);
	return run->link ? tells_missed(run, "kprobe_multi") : no_errno(run, "attaching");
}

const struct proof kernel_proofs[] = {
	{.feature = "kprobe", .fire = fire_kprobe},
	{.feature = "kretprobe", .fire = fire_kretprobe},
	{.feature = "kprobe_cookie", .fire = fire_kprobe_cookie},
	{.feature = "kprobe_multi", .fire = fire_kprobe_multi},
	{.feature = "kprobe_session",
	 .object = "kprobe_multi",
	 .prepare = prepare_kprobe_session,
	 .fire = fire_kprobe_session},
	{.feature = "fentry", .prepare = prepare_called, .fire = fire_called},
	{.feature = "fexit", .prepare = prepare_called, .fire = fire_called},
	{.feature = "fentry_sleepable", .prepare = prepare_called, .fire = fire_called},
	{.feature = "fsession",
	 .object = "fentry",
	 .prepare = prepare_fsession,
	 .fire = fire_fsession},
	{.feature = "missed_stats_kprobe", .object = "kprobe", .fire = fire_missed_kprobe},
	{.feature = "missed_stats_kprobe_multi",
	 .object = "kprobe_multi",
	 .fire = fire_missed_kprobe_multi},
	{.feature = "tracepoint", .fire = fire_fork},
	{.feature = "raw_tracepoint", .fire = fire_fork},
	{.feature = "tp_btf", .fire = fire_tp_btf},
	{.feature = "syscall_tracepoints", .fire = fire_any_call},
	{.feature = "btf_modules", .object = "", .fire = fire_btf_modules},
};
const size_t n_kernel_proofs = COUNT(kernel_proofs);
