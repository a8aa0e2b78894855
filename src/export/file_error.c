// SPDX-License-Identifier: Apache-2.0
#include "export/file_error.h"

#include <errno.h>
#include <string.h>

static const struct {
	int code;
	const char *remedy;
} remedies[] = {
	{ENOENT, "create the directory"},
	{ENOTDIR, "a part of the path is a file: give another path"},
	{EISDIR, "give the name of a file, not of a directory"},
	{ENXIO, "give the name of a regular file"},
	{EACCES, "let the agent's user write to the file and its directory"},
	{EPERM, "let the agent's user own the file, and remove an immutable or append-only flag"},
	{EROFS, "mount the file system writable, or give a path on another one"},
	{ENOSPC, "free space or inodes on its file system; fewer or smaller backups need less"},
	{EDQUOT, "raise the quota; fewer or smaller backups need less"},
	{EFBIG, "raise the limit on file sizes (ulimit -f), or rotate at a smaller size"},
	{EIO, "look for disk errors in the kernel's log"},
	{ENAMETOOLONG, "give a shorter name: a backup adds up to 32 characters to it"},
	{EMFILE, "raise the limit on open files (ulimit -n)"},
};

int file_error(struct error **reterr, int code, const char *doing, const char *path)
{
	error_set(reterr, code, "cannot %s %s: %s", doing, path, strerror(-code));
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++)
		if (remedies[i].code == -code)
			error_remedy(reterr, "%s", remedies[i].remedy);
	return code;
}
