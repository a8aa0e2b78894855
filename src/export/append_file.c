// SPDX-License-Identifier: Apache-2.0
#include "export/append_file.h"
#include "base/cleanup.h"
#include "export/file_error.h"
#include "export/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A crash may have left half a line, and what follows must not become part of it. */
static bool ends_in_half_a_line(const char *path, off_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char last;

	return size > 0 && fd >= 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

int append_file_open(struct append_file *file, struct error **reterr)
{
	/* O_NONBLOCK: a FIFO is refused, not waited for. */
	_cleanup_close_ int fd =
		open(file->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		     file->mode);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return file_error(reterr, -errno, "open", file->path);
	if (!S_ISREG(st.st_mode)) {
		r = error_set(reterr, -EINVAL, "cannot write to %s: not a regular file",
			      file->path);
		error_remedy(reterr, "give the name of a regular file");
		return r;
	}
	/* Whatever the umask took away, or an older file allows. */
	if ((st.st_mode & 07777) != file->mode && fchmod(fd, file->mode) < 0)
		return file_error(reterr, -errno, "set the mode of", file->path);

	append_file_close(file);
	file->fd = TAKE_FD(fd);
	file->size = (uint64_t)st.st_size;
	file->torn = ends_in_half_a_line(file->path, st.st_size);
	return 0;
}

/* Writes all of it or says why not. Returns the number of bytes that went in. */
static size_t write_all(int fd, const char *data, size_t len, int *ret_code)
{
	size_t done = 0;
	int code = 0;

	while (done < len && code == 0) {
		ssize_t n = write(fd, data + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			code = -EIO;
		else if (errno != EINTR)
			code = -errno;
	}
	*ret_code = code;
	return done;
}

static bool take_back(struct append_file *file, size_t excess)
{
	/* After an appending write the offset is where that write ended; the size tells whether
	 * somebody else has appended since. */
	off_t end = lseek(file->fd, 0, SEEK_CUR);
	struct stat st;

	return end >= (off_t)excess && fstat(file->fd, &st) == 0 && st.st_size == end &&
	       ftruncate(file->fd, end - (off_t)excess) == 0;
}

size_t append_file_write(struct append_file *file, const char *data, size_t len,
			 struct error **reterr)
{
	size_t done = 0, whole;
	int r = 0;

	if (file->torn) {
		size_t mended = write_all(file->fd, "\n", 1, &r);

		file->size += mended;
		file->torn = mended == 0;
	}
	if (!file->torn)
		done = write_all(file->fd, data, len, &r);
	if (done == len) {
		file->size += len;
		return len;
	}
	whole = lines_fitting(data, len, done);
	if (done > whole && !take_back(file, done - whole)) {
		file->torn = true;
		file->size += done - whole;
	}
	file->size += whole;
	file_error(reterr, r, "write to", file->path);
	return whole;
}

bool append_file_moved(struct append_file *file)
{
	struct stat ours, named;

	if (fstat(file->fd, &ours) < 0)
		return true;
	file->size = (uint64_t)ours.st_size;
	return stat(file->path, &named) < 0 || named.st_dev != ours.st_dev ||
	       named.st_ino != ours.st_ino;
}

bool append_file_unlinked(const struct append_file *file)
{
	struct stat st;

	return fstat(file->fd, &st) < 0 || st.st_nlink == 0;
}

void append_file_close(struct append_file *file)
{
	close_fd(&file->fd);
	file->fd = -1;
}
