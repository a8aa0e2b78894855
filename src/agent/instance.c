// SPDX-License-Identifier: Apache-2.0
#include "agent/instance.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PID_FILE "ocellid.pid"

static void running_pid(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
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
	fd = dir < 0 ? -1 : openat(dir, PID_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		r = error_set(reterr, -errno, "cannot open %s/" PID_FILE ": %s", run_dir,
			      strerror(errno));
		error_remedy(reterr, "run it as root, or name another directory with --run-dir");
		return r;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		running_pid(fd, pid, sizeof(pid));
		r = error_set(reterr, -EEXIST, "another ocellid is running, pid %s", pid);
		error_remedy(reterr, "stop it first, or start this one with another --run-dir");
		return r;
	}
	snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, strlen(pid), 0) < 0)
		return error_set(reterr, -errno, "cannot write %s/" PID_FILE ": %s", run_dir,
				 strerror(errno));
	*ret_fd = TAKE_FD(fd);
	return 0;
}

void instance_unlock(const char *run_dir, int *fd)
{
	char path[4096];

	if (*fd < 0)
		return;
	snprintf(path, sizeof(path), "%s/" PID_FILE, run_dir);
	unlink(path);
	close(*fd);
	*fd = -1;
}
