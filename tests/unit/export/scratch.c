// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "scratch.h"
#include "tmpdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#define WAIT_MS 30000

int scratch_setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	*state = s;
	if (tmpdir_make(s->dir, sizeof(s->dir)) < 0)
		return -1;
	snprintf(s->path, sizeof(s->path), "%s/events.log", s->dir);
	return 0;
}

int scratch_teardown(void **state)
{
	struct scratch *s = *state;
	int r = tmpdir_remove(s->dir);

	free(s);
	return r;
}

bool scratch_mount(const char *dir, unsigned bytes)
{
	char options[32];

	snprintf(options, sizeof(options), "size=%u", bytes);
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", dir, "tmpfs", 0, options) == 0;
}

void scratch_unmount(const char *dir)
{
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
}

void scratch_read(const char *path, struct str *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	do {
		char *to = str_reserve(ret, 4096);

		assert_non_null(to);
		n = read(fd, to, 4096);
		assert_true(n >= 0);
		ret->len += (size_t)n;
	} while (n > 0);
}

void scratch_read_any(const char *path, struct str *ret)
{
	gzFile gz = gzopen(path, "rb");
	char buf[4096];
	int n;

	assert_non_null(gz);
	while ((n = gzread(gz, buf, sizeof(buf))) > 0)
		str_append(ret, buf, (size_t)n);
	assert_int_equal(n, 0);
	assert_int_equal(gzclose(gz), Z_OK);
}

void scratch_limit_file_size(uint64_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = MIN(bytes, limit.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

void scratch_write(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

void scratch_list(const char *dir, struct scratch_listing *ret)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	assert_non_null(d);
	ret->len = 0;
	while ((entry = readdir(d))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		assert_true(ret->len < SCRATCH_MAX_ENTRIES);
		snprintf(ret->names[ret->len++], sizeof(ret->names[0]), "%.79s", entry->d_name);
	}
	closedir(d);
	qsort(ret->names, ret->len, sizeof(ret->names[0]), compare);
}

void scratch_wait(const char *dir, bool (*done)(const char *dir, void *arg), void *arg)
{
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC);
	char events[4096] __attribute__((aligned(8)));

	assert_true(fd >= 0);
	assert_true(inotify_add_watch(fd, dir, IN_CREATE | IN_DELETE | IN_MOVE) >= 0);
	while (!done(dir, arg)) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		assert_true(read(fd, events, sizeof(events)) > 0);
	}
}

bool scratch_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

unsigned scratch_mode(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}
