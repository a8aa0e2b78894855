// SPDX-License-Identifier: Apache-2.0
#include "agent/instance.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PID_FILE "ocellid.pid"
/* Instances that may end between our opening their file and locking it. */
#define TRIES_MAX 100

static void running_pid(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

/* Whether the file is still the one of that name. An instance removes its own at its end, and one
 * that had opened it before would lock a file that nobody else can find. */
static bool is_named(int fd, int dir)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && fstatat(dir, PID_FILE, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static int explain(const char *what, const char *run_dir, struct error **reterr)
{
	int r = error_set(reterr, -errno, "cannot %s %s/" PID_FILE ": %s", what, run_dir,
			  strerror(errno));

	error_remedy(reterr, "run it as root, or name another directory with --run-dir");
	return r;
}

static int explain_running(int fd, struct error **reterr)
{
	char pid[32];
	int r;

	running_pid(fd, pid, sizeof(pid));
	/* It is at its beginning and has not written it yet. */
	if (!pid[0])
		strcpy(pid, "unknown");
	r = error_set(reterr, -EEXIST, "another ocellid is running, pid %s", pid);
	error_remedy(reterr, "stop it first, or start this one with another --run-dir");
	return r;
}

static int open_locked(const char *run_dir, int dir, int *ret_fd, struct error **reterr)
{
	int r;

	for (int i = 0; i < TRIES_MAX; i++) {
		_cleanup_close_ int fd =
			openat(dir, PID_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

		if (fd < 0)
			return explain("open", run_dir, reterr);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			return errno == EWOULDBLOCK ? explain_running(fd, reterr)
						    : explain("lock", run_dir, reterr);
		if (is_named(fd, dir)) {
			*ret_fd = TAKE_FD(fd);
			return 0;
		}
	}
	r = error_set(reterr, -EAGAIN, "%s/" PID_FILE " is removed all the time", run_dir);
	error_remedy(reterr, "name another directory with --run-dir");
	return r;
}

int instance_lock(const char *run_dir, int *ret_fd, struct error **reterr)
{
	_cleanup_close_ int dir = -1, fd = -1;
	char pid[32];
	int r;

	if (mkdir(run_dir, 0755) < 0 && errno != EEXIST) {
		r = error_set(reterr, -errno, "cannot create the run directory %s: %s", run_dir,
			      strerror(errno));
		error_remedy(reterr, errno == EACCES || errno == EPERM
					     ? "run it as root, or name another with --run-dir"
					     : "name another with --run-dir");
		return r;
	}
	dir = open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return explain("open", run_dir, reterr);
	r = open_locked(run_dir, dir, &fd, reterr);
	if (r < 0)
		return r;
	snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, strlen(pid), 0) < 0)
		return explain("write", run_dir, reterr);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

void instance_unlock(const char *run_dir, int *fd)
{
	_cleanup_close_ int dir = -1;

	if (*fd < 0)
		return;
	dir = open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Removed while it is locked: who opens it now finds out. Not when it is somebody else's,
	 * who began when ours had been taken away. */
	if (dir >= 0 && is_named(*fd, dir))
		unlinkat(dir, PID_FILE, 0);
	close(*fd);
	*fd = -1;
}
