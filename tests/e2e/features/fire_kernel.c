// SPDX-License-Identifier: Apache-2.0
/* Hooks in the kernel. */
#include "fire.h"

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
	bpf_program__set_expected_attach_type(run->program, TRACE_KPROBE_SESSION);
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
	bpf_program__set_expected_attach_type(run->program, TRACE_FSESSION);
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
	{.feature = "tracepoint", .fire = fire_fork},
	{.feature = "raw_tracepoint", .fire = fire_fork},
	{.feature = "tp_btf", .fire = fire_tp_btf},
	{.feature = "syscall_tracepoints", .fire = fire_any_call},
	{.feature = "btf_modules", .object = "", .fire = fire_btf_modules},
};
const size_t n_kernel_proofs = COUNT(kernel_proofs);
