// SPDX-License-Identifier: Apache-2.0
#include "cli/archive.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#define BLOCK 512

struct archive {
	char *path;
	gzFile file;
	int error; /* negative errno of the first thing that failed */
};

/* POSIX.1-1988; numbers are octal text. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

int archive_create(const char *path, struct archive **ret, struct error **reterr)
{
	struct archive *a = calloc(1, sizeof(*a));
	int fd, r = -ENOMEM;

	if (!a)
		return error_set(reterr, r, "out of memory");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		r = error_set(reterr, -errno, "cannot write %s: %s", path, strerror(errno));
		if (r == -EEXIST)
			error_remedy(reterr, "remove it, or name another with --out");
		free(a);
		return r;
	}
	a->path = strdup(path);
	a->file = gzdopen(fd, "wb6");
	if (!a->path || !a->file) {
		if (a->file)
			gzclose(a->file);
		else
			close(fd);
		unlink(path);
		free(a->path);
		free(a);
		return error_set(reterr, -ENOMEM, "out of memory");
	}
	*ret = a;
	return 0;
}

static void put(struct archive *a, const void *data, size_t len)
{
	if (a->error || !len)
		return;
	errno = 0;
	if (gzwrite(a->file, data, (unsigned)len) != (int)len)
		a->error = errno ? -errno : -EIO;
}

void archive_add(struct archive *a, const char *name, const void *data, size_t len)
{
	static const char zeros[BLOCK];
	struct header h = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
	unsigned sum = 0;

	snprintf(h.name, sizeof(h.name), "%s", name);
	snprintf(h.mode, sizeof(h.mode), "%07o", 0600);
	snprintf(h.uid, sizeof(h.uid), "%07o", 0);
	snprintf(h.gid, sizeof(h.gid), "%07o", 0);
	snprintf(h.size, sizeof(h.size), "%011llo", (unsigned long long)len);
	snprintf(h.mtime, sizeof(h.mtime), "%011llo", (unsigned long long)time(NULL));
	/* The sum is of a header with blanks for it. */
	memset(h.checksum, ' ', sizeof(h.checksum));
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const uint8_t *)&h)[i];
	snprintf(h.checksum, sizeof(h.checksum), "%06o", sum);
	put(a, &h, sizeof(h));
	put(a, data, len);
	put(a, zeros, (BLOCK - len % BLOCK) % BLOCK);
}

int archive_close(struct archive **archive, struct error **reterr)
{
	static const char zeros[2 * BLOCK];
	struct archive *a = *archive;
	int r;

	if (!a)
		return 0;
	put(a, zeros, sizeof(zeros));
	errno = 0;
	if (gzclose(a->file) != Z_OK && !a->error)
		a->error = errno ? -errno : -EIO;
	r = a->error;
	if (r < 0) {
		unlink(a->path);
		error_set(reterr, r, "cannot write %s: %s", a->path, strerror(-r));
	}
	free(a->path);
	free(a);
	*archive = NULL;
	return r;
}
