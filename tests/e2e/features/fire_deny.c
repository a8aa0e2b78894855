// SPDX-License-Identifier: Apache-2.0
/* Denial: of what this process does, and of nothing else. */
#include "fire.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Makes a file of our own. Returns its inode's number, 0 when it cannot. */
static uint64_t make_file(struct run *run, char *path, size_t size)
{
	struct stat st;
	int fd;

	snprintf(path, size, "%s/private", scratch);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) < 0) {
		no_errno(run, path);
		return 0;
	}
	close(fd);
	return st.st_ino;
}

/* Opens that file while the program looks. Returns the descriptor, or a negative errno. */
static int open_watched(struct run *run, char *path, size_t size)
{
	struct shared shared = get_shared(run);
	int fd;

	shared.number = make_file(run, path, size);
	set_shared(run, &shared);
	if (!shared.number || !attach(run))
		return -EIO;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static enum works fire_lsm_active(struct run *run)
{
	char path[512];
	int r = open_watched(run, path, sizeof(path));

	unlink(path);
	if (run->why[0])
		return NO;
	if (r >= 0)
		close(r);
	return r == -EPERM ? YES : no(run, "the file was opened", 0);
}

static enum works fire_attach(struct run *run)
{
	return attach(run) ? YES : NO;
}

/* What the kernel was built with shows in its symbols. */
static enum works fire_lsm_built(struct run *run)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	enum works works = no(run, "there is no symbol of it", 0);
	char line[512];

	while (f && works == NO && fgets(line, sizeof(line), f))
		if (strstr(line, " bpf_lsm_file_open"))
			works = YES;
	if (f)
		fclose(f);
	return works;
}

static enum works fire_path(struct run *run)
{
	char path[512];
	int fd = open_watched(run, path, sizeof(path));
	struct shared shared = get_shared(run);

	unlink(path);
	if (fd >= 0)
		close(fd);
	if (run->why[0])
		return NO;
	if (shared.hits == 0) {
		no(run, "the hook did not run", 0);
		return CANNOT_TELL;
	}
	/* As much of it as the program has room for. */
	if (strlen(path) >= 64)
		return CANNOT_TELL;
	return strcmp(shared.text, path) == 0 ? YES : no(run, "it read another path", 0);
}

static enum works fire_fmod_ret(struct run *run)
{
	int r;

	if (!attach(run))
		return NO;
	r = kill(getpid(), 0);
	return r < 0 && errno == EPERM ? YES : no(run, "the signal was sent", 0);
}

static bool prepare_called(struct run *run)
{
	if (bpf_program__set_attach_target(run->program, 0, CALLED) == 0)
		return true;
	no_errno(run, "finding the function");
	return false;
}

static enum works fire_fmod_ret_syscall(struct run *run)
{
	if (!attach(run))
		return NO;
	return call() < 0 && errno == EPERM ? YES : no(run, "the call was made", 0);
}

static enum works fire_override(struct run *run)
{
	run->link = bpf_program__attach_kprobe(run->program, false, CALLED);
	if (!run->link)
		return no_errno(run, "attaching");
	return call() < 0 && errno == EPERM ? YES : no(run, "the call was made", 0);
}

static volatile sig_atomic_t signalled;

static void note_signal(int sig)
{
	signalled = sig;
}

/* A child is sent a signal for its call. */
static enum works fire_signal(struct run *run)
{
	struct shared shared = get_shared(run);
	int go[2], status = 0;
	pid_t pid;
	char byte;

	if (pipe(go) < 0)
		return no_errno(run, "pipe");
	pid = fork();
	if (pid == 0) {
		signal(SIGUSR1, note_signal);
		close(go[1]);
		if (read(go[0], &byte, 1) < 0)
			_exit(2);
		call();
		_exit(signalled == SIGUSR1 ? 0 : 1);
	}
	close(go[0]);
	shared.pid = (uint32_t)pid;
	shared.number = SIGUSR1;
	set_shared(run, &shared);
	attach(run);
	close(go[1]);
	waitpid(pid, &status, 0);
	if (run->why[0])
		return NO;
	return status == 0 ? YES : no(run, "no signal came", 0);
}

/* Of what a child executes. The test looks whether it is the right one. */
static enum works fire_ima_hash(struct run *run)
{
	struct shared shared = get_shared(run);
	int go[2];
	pid_t pid;
	char byte;

	if (pipe(go) < 0)
		return no_errno(run, "pipe");
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) < 0)
			_exit(2);
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	close(go[0]);
	shared.pid = (uint32_t)pid;
	set_shared(run, &shared);
	attach(run);
	close(go[1]);
	waitpid(pid, NULL, 0);
	shared = get_shared(run);
	if (run->why[0])
		return NO;
	if (shared.hits == 0)
		return no(run, "the hook did not run", 0);
	if (shared.result < 0)
		return no(run, "hashing", (int)-shared.result);
	for (size_t i = 0; i < 32; i++)
		sprintf(run->note + 2 * i, "%02x", (unsigned char)shared.text[i]);
	return YES;
}

const struct proof deny_proofs[] = {
	{.feature = "lsm_built", .object = "", .fire = fire_lsm_built},
	{.feature = "lsm_attachable", .object = "lsm_active", .fire = fire_attach},
	{.feature = "lsm_active", .fire = fire_lsm_active},
	{.feature = "lsm_sleepable", .fire = fire_attach},
	{.feature = "fmod_ret", .fire = fire_fmod_ret},
	{.feature = "fmod_ret_syscall", .prepare = prepare_called, .fire = fire_fmod_ret_syscall},
	{.feature = "override_return", .fire = fire_override},
	{.feature = "send_signal", .fire = fire_signal},
	{.feature = "send_signal_thread", .fire = fire_signal},
	{.feature = "d_path", .fire = fire_path},
	{.feature = "path_d_path", .fire = fire_path},
	{.feature = "ima_file_hash", .fire = fire_ima_hash},
	{.feature = "ima_inode_hash", .fire = fire_ima_hash},
};
const size_t n_deny_proofs = COUNT(deny_proofs);
