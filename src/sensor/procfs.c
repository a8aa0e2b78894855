// SPDX-License-Identifier: Apache-2.0
#include "sensor/procfs.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macro.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRINGS_MAX (EXEC_INLINE_MAX + DATA_CHUNKS_MAX * DATA_CHUNK)
/* The supplementary groups come before most of what is wanted of it: 65536 of up to 11 bytes
 * (include/uapi/linux/limits.h: NGROUPS_MAX). */
#define STATUS_MAX (1 << 20)
/* How the kernel shows the names of memory files (mm/memfd.c). */
#define MEMFD_PREFIX "/memfd:"
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

static int open_process(const char *proc, uint32_t pid)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%u", proc, pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Appends up to @max bytes of a file below @dir. Returns 0 or negative errno. */
static int read_file(int dir, const char *name, size_t max, struct str *out)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (max > 0) {
		size_t want = MIN(max, 4096);
		char *to = str_reserve(out, want);
		ssize_t n;

		if (!to)
			return -ENOMEM;
		n = read(fd, to, want);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		out->len += (size_t)n;
		max -= (size_t)n;
	}
	return 0;
}

int procfs_read_strings(const char *proc, uint32_t pid, enum exec_field field, struct str *out)
{
	_cleanup_close_ int dir = open_process(proc, pid);
	const char *name = field == EXEC_ENV ? "environ" : "cmdline";

	return dir < 0 ? -errno : read_file(dir, name, STRINGS_MAX, out);
}

/* The kernel's own form: names from the leaf up. */
static void append_names(struct str *out, const char *path)
{
	const char *end = path + strlen(path);

	while (end > path) {
		const char *name = end;

		while (name > path && name[-1] != '/')
			name--;
		if (name < end) {
			str_append(out, name, (size_t)(end - name));
			str_append_char(out, '\0');
		}
		end = name > path ? name - 1 : path;
	}
}

struct link {
	char target[PATH_KEPT_MAX];
	bool deleted; /* the kernel has said so behind the target, where it is not any more */
};

/* Returns whether the link could be read. */
static bool read_link(int dir, const char *name, struct link *ret)
{
	static const char deleted[] = " (deleted)";
	ssize_t n = readlinkat(dir, name, ret->target, sizeof(ret->target) - 1);

	if (n < 0)
		return false;
	ret->target[n] = '\0';
	n -= (ssize_t)strlen(deleted);
	ret->deleted = n > 0 && !strcmp(ret->target + n, deleted);
	if (ret->deleted)
		ret->target[n] = '\0';
	return true;
}

static int create_memfd(void)
{
	/* Where the system allows no others (vm.memfd_noexec); since 6.3. */
	int fd = memfd_create("", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	return fd < 0 && errno == EINVAL ? memfd_create("", MFD_CLOEXEC) : fd;
}

/*
 * Whether the executable is in memory only. A file that was removed can have
 * such a name as well, but not be on the file system that is only for them
 * (mm/shmem.c: shm_mnt), where one of our own is. The name counts when that
 * cannot be looked at.
 */
static bool is_memfd(int dir, const struct link *exe)
{
	_cleanup_close_ int fd = -1;
	struct stat own, st;

	if (!exe->deleted || strncmp(exe->target, MEMFD_PREFIX, strlen(MEMFD_PREFIX)))
		return false;
	fd = create_memfd();
	if (fd < 0 || fstat(fd, &own) < 0 || fstatat(dir, "exe", &st, 0) < 0)
		return true;
	return st.st_dev == own.st_dev;
}

/* What was appended to @data since @from is the field. */
static void close_field(struct record_exec *exec, enum exec_field field, const struct str *data,
			size_t from)
{
	exec->field[field].kept = exec->field[field].size = (__u32)(data->len - from);
}

static void put_exe(int dir, struct record_exec *exec, struct str *data)
{
	size_t from = data->len;
	struct link exe;

	if (!read_link(dir, "exe", &exe)) {
		exec->flags |= EXEC_ERROR_EXE;
		return;
	}
	if (is_memfd(dir, &exe)) {
		/* One name, whatever is in it; that it is in no directory goes without saying. */
		str_append(data, exe.target + 1, strlen(exe.target));
		exec->flags |= EXEC_EXE_PSEUDO;
	} else {
		append_names(data, exe.target);
		exec->flags |= exe.deleted ? EXEC_EXE_DELETED : 0;
	}
	close_field(exec, EXEC_EXE, data, from);
}

static void put_cwd(int dir, struct record_exec *exec, struct str *data)
{
	size_t from = data->len;
	struct link cwd;

	if (!read_link(dir, "cwd", &cwd)) {
		exec->flags |= EXEC_ERROR_CWD;
		return;
	}
	append_names(data, cwd.target);
	exec->flags |= cwd.deleted ? EXEC_CWD_DELETED : 0;
	close_field(exec, EXEC_CWD, data, from);
}

static const char *line_of(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? at + strlen(name) : "";
}

static void put_status(struct record_exec *exec, const char *status)
{
	struct exec_cred *c = &exec->cred;
	const char *nspid = line_of(status, "\nNSpid:");

	sscanf(line_of(status, "\nUid:"), "%u %u %u %u", &c->uid, &c->euid, &c->suid, &c->fsuid);
	sscanf(line_of(status, "\nGid:"), "%u %u %u %u", &c->gid, &c->egid, &c->sgid, &c->fsgid);
	sscanf(line_of(status, "\nCapInh:"), "%llx", &c->inheritable);
	sscanf(line_of(status, "\nCapPrm:"), "%llx", &c->permitted);
	sscanf(line_of(status, "\nCapEff:"), "%llx", &c->effective);
	sscanf(line_of(status, "\nCapBnd:"), "%llx", &c->bounding);
	sscanf(line_of(status, "\nCapAmb:"), "%llx", &c->ambient);
	/* The outermost first; only those behind it are another namespace's. */
	nspid += strspn(nspid, " \t");
	nspid += strspn(nspid, "0123456789");
	while (nspid += strspn(nspid, " \t"), *nspid >= '0' && *nspid <= '9') {
		sscanf(nspid, "%u", &exec->nspid);
		nspid += strspn(nspid, "0123456789");
	}
}

/* Returns the parent's pid. */
static uint32_t put_stat(struct record_exec *exec, const char *stat)
{
	/* "pid (comm) state ppid pgrp session tty_nr"; comm can hold anything, also ")". */
	const char *from = strchr(stat, '('), *end = strrchr(stat, ')');
	uint32_t parent = 0, tty = 0;

	if (!from || !end || end < from)
		return 0;
	from++;
	memcpy(exec->comm, from, MIN((size_t)(end - from), sizeof(exec->comm) - 1));
	sscanf(end + 1, " %*c %u %u %u %u", &parent, &exec->pgid, &exec->sid, &tty);
	/* include/linux/kdev_t.h: new_encode_dev */
	exec->tty = (tty >> 8 & 0xfff) << 20 | ((tty & 0xff) | (tty >> 12 & 0xfff00));
	return parent;
}

/*
 * Whether the process has no environment, not even an empty one: then it has
 * given up its memory, or execve(2) is just about to fill a new one. What there
 * is to read is of neither.
 */
static bool between_images(int dir)
{
	_cleanup_str_ struct str stat = STR_INIT;
	const char *at;

	if (read_file(dir, "stat", 4096, &stat) < 0 || !str_cstr(&stat))
		return true;
	/* proc(5): env_end is the 51st field, the state behind the name the third. */
	at = strrchr(stat.data, ')');
	for (int field = 2; at && field < 51; field++)
		at = strchr(at + 1, ' ');
	return at && !strncmp(at, " 0 ", 3);
}

static uint32_t read_number(int dir, const char *name)
{
	_cleanup_str_ struct str s = STR_INIT;
	uint32_t v = ~0U;

	if (read_file(dir, name, 64, &s) < 0 || !str_cstr(&s))
		return v;
	sscanf(s.data, "%u", &v);
	return v;
}

int procfs_report(const char *proc, const struct process_key *key, struct str *out)
{
	_cleanup_str_ struct str stat = STR_INIT, status = STR_INIT, data = STR_INIT;
	_cleanup_str_ struct str argv = STR_INIT;
	_cleanup_close_ int dir = open_process(proc, key->pid);
	struct record_exec exec = {
		.record = {.type = RECORD_TASK, .time = clock_ns(CLOCK_BOOTTIME)},
		.process = *key,
		.tid = key->pid,
	};

	if (dir < 0 || read_file(dir, "stat", 4096, &stat) < 0 ||
	    read_file(dir, "status", STATUS_MAX, &status) < 0 || !str_cstr(&stat) ||
	    !str_cstr(&status))
		return -ESRCH;
	exec.parent.pid = put_stat(&exec, stat.data);
	put_status(&exec, status.data);
	exec.loginuid = read_number(dir, "loginuid");
	exec.sessionid = read_number(dir, "sessionid");
	/* In the order of enum exec_field. */
	put_exe(dir, &exec, &data);
	put_cwd(dir, &exec, &data);
	/* One more tells that there is more; how much, procfs does not say. */
	if (read_file(dir, "cmdline", EXEC_INLINE_MAX + 1, &argv) < 0)
		exec.flags |= EXEC_ERROR_ARGV;
	if (!argv.len && exec.field[EXEC_EXE].kept && between_images(dir))
		return -ESRCH;
	exec.field[EXEC_ARGV].size = (__u32)argv.len;
	argv.len = MIN(argv.len, EXEC_INLINE_MAX);
	exec.field[EXEC_ARGV].kept = (__u32)argv.len;
	str_append(&data, argv.data, argv.len);
	exec.record.size = (__u32)(sizeof(exec) + data.len);
	str_append(out, &exec, sizeof(exec));
	str_append(out, data.data, data.len);
	return out->failed || data.failed ? -ENOMEM : 0;
}
