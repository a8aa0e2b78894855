// SPDX-License-Identifier: Apache-2.0
#include "base/tracefs.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <unistd.h>

/* Mounted here or there, or nowhere. */
static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

/* A mount that is nowhere, and gone with its descriptor: it takes fsmount(2), of Linux 5.2. */
static int mount_apart(void)
{
	_cleanup_close_ int fs = fsopen("tracefs", FSOPEN_CLOEXEC);
	int r = fs < 0 ? -1 : fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);

	return r < 0 ? -1 : fsmount(fs, FSMOUNT_CLOEXEC, 0);
}

static int open_at(int dir, const char *path)
{
	return openat(dir, path, O_RDONLY | O_CLOEXEC);
}

FILE *tracefs_open(const char *path)
{
	_cleanup_close_ int apart = -1;
	int why = ENOENT, fd = -1;
	bool mounted = false;

	for (size_t i = 0; i < ARRAY_SIZE(roots) && fd < 0; i++) {
		_cleanup_close_ int root = open(roots[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (root < 0 || faccessat(root, "events", F_OK, 0) < 0)
			continue;
		mounted = true;
		fd = open_at(root, path);
		why = errno;
	}
	if (!mounted) {
		apart = mount_apart();
		fd = apart < 0 ? -1 : open_at(apart, path);
		why = errno;
	}
	if (fd >= 0)
		return fdopen(fd, "r");
	errno = why;
	return NULL;
}
