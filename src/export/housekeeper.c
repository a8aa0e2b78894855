// SPDX-License-Identifier: Apache-2.0
#include "export/housekeeper.h"
#include "base/cleanup.h"
#include "export/file_error.h"
#include "export/gzip.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define HOUSEKEEPER_NICE 10

struct housekeeper {
	const struct backup_names *names;
	bool compress;
	atomic_bool stop;

	pthread_t thread;
	bool started; /* and not joined yet */

	pthread_mutex_t lock; /* guards what follows */
	unsigned keep;
	bool wanted;
	bool busy;
	bool ended;
	struct error *failure;
};

struct listing {
	char **names;
	size_t len;
	size_t cap;
};

static void listing_free(struct listing *list)
{
	for (size_t i = 0; i < list->len; i++)
		free(list->names[i]);
	free(list->names);
}

static int listing_add(struct listing *list, const char *name)
{
	if (list->len == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 16;
		char **names = reallocarray(list->names, cap, sizeof(*names));

		if (!names)
			return -ENOMEM;
		list->names = names;
		list->cap = cap;
	}
	list->names[list->len] = strdup(name);
	return list->names[list->len] ? (int)list->len++ : -ENOMEM;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lists the backups, oldest first. */
static int listing_read(struct listing *list, const struct backup_names *names, DIR *dir)
{
	const struct dirent *entry;
	struct stat st;

	while ((entry = readdir(dir))) {
		enum backup_kind kind = backup_kind(names, entry->d_name);

		if (kind == BACKUP_NONE ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		/* Nobody but this thread makes them: it is from a run that was cut off. */
		if (kind == BACKUP_PARTIAL)
			unlinkat(dirfd(dir), entry->d_name, 0);
		else if (listing_add(list, entry->d_name) < 0)
			return -ENOMEM;
	}
	if (list->len)
		qsort(list->names, list->len, sizeof(*list->names), by_name);
	return 0;
}

/* Index of the oldest backup to keep. One that is there both plain and compressed counts once. */
static size_t oldest_kept(const struct listing *list, const struct backup_names *names,
			  unsigned keep)
{
	const char *last = NULL;
	size_t n = 0;

	if (keep == 0)
		return 0;
	for (size_t i = list->len; i > 0; i--) {
		const char *stamp = backup_stamp(names, list->names[i - 1]);

		if (last && !memcmp(stamp, last, BACKUP_STAMP_LEN))
			continue;
		last = stamp;
		if (n++ == keep)
			return i;
	}
	return 0;
}

static void fail(struct housekeeper *keeper, int code, const char *doing, const char *name,
		 struct error **reterr)
{
	_cleanup_free_ char *path = NULL;

	if (*reterr || asprintf(&path, "%s/%s", keeper->names->dir, name) < 0)
		return;
	file_error(reterr, code, doing, path);
}

/* Compresses @name into the new file @part, with the same mode and, if allowed, owner. */
static int compress_into(struct housekeeper *keeper, int dir, const char *name, const char *part)
{
	_cleanup_close_ int in = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out = -1;
	struct stat st, now;
	int r;

	if (in < 0 || fstat(in, &st) < 0)
		return -errno;
	out = openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out < 0)
		return -errno;
	_unused_ int owner = fchown(out, st.st_uid, st.st_gid);
	if (fchmod(out, st.st_mode & 0777) < 0)
		return -errno;
	r = gzip_stream(in, out, &keeper->stop);
	if (r < 0)
		return r;
	/* The original goes next: only what is on the disk can stand for it. And if it is gone
	 * already, it is not to come back. */
	if (fdatasync(out) < 0 || fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int compress_backup(struct housekeeper *keeper, int dir, const char *name)
{
	_cleanup_free_ char *part = NULL, *gz = NULL;
	int r;

	if (asprintf(&part, "%s" BACKUP_PARTIAL_SUFFIX, name) < 0) {
		part = NULL;
		return -ENOMEM;
	}
	if (asprintf(&gz, "%s" BACKUP_GZIP_SUFFIX, name) < 0) {
		gz = NULL;
		return -ENOMEM;
	}
	r = compress_into(keeper, dir, name, part);
	if (r == 0 && renameat(dir, part, dir, gz) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dir, part, 0);
	else if (unlinkat(dir, name, 0) < 0)
		r = -errno;
	return r;
}

static void closedir_ptr(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static void tidy(struct housekeeper *keeper, unsigned keep, struct error **reterr)
{
	_cleanup_(closedir_ptr) DIR *dir = opendir(keeper->names->dir);
	_cleanup_(listing_free) struct listing list = {0};
	size_t first;

	if (!dir) {
		file_error(reterr, -errno, "look for backups in", keeper->names->dir);
		return;
	}
	if (listing_read(&list, keeper->names, dir) < 0) {
		file_error(reterr, -ENOMEM, "look for backups in", keeper->names->dir);
		return;
	}
	first = oldest_kept(&list, keeper->names, keep);
	for (size_t i = 0; i < first; i++)
		if (unlinkat(dirfd(dir), list.names[i], 0) < 0 && errno != ENOENT)
			fail(keeper, -errno, "remove the old backup", list.names[i], reterr);
	for (size_t i = first; keeper->compress && i < list.len; i++) {
		int r = 0;

		if (atomic_load(&keeper->stop))
			return;
		if (backup_kind(keeper->names, list.names[i]) == BACKUP_PLAIN)
			r = compress_backup(keeper, dirfd(dir), list.names[i]);
		if (r < 0 && r != -ENOENT && r != -ECANCELED)
			fail(keeper, r, "compress the backup", list.names[i], reterr);
	}
}

static bool next_round(struct housekeeper *keeper, unsigned *ret_keep)
{
	bool wanted;

	pthread_mutex_lock(&keeper->lock);
	wanted = keeper->wanted && !atomic_load(&keeper->stop);
	keeper->busy = wanted;
	keeper->wanted = false;
	*ret_keep = keeper->keep;
	pthread_mutex_unlock(&keeper->lock);
	return wanted;
}

static void end_round(struct housekeeper *keeper, struct error *failure)
{
	pthread_mutex_lock(&keeper->lock);
	error_free(&keeper->failure);
	keeper->failure = failure;
	keeper->ended = true;
	pthread_mutex_unlock(&keeper->lock);
}

static void *work(void *arg)
{
	struct housekeeper *keeper = arg;
	unsigned keep;

	pthread_setname_np(pthread_self(), "export-backups");
	/* On Linux the priority is the thread's own (setpriority(2), "C library/kernel
	 * differences"). */
	setpriority(PRIO_PROCESS, 0, HOUSEKEEPER_NICE);
	while (next_round(keeper, &keep)) {
		struct error *failure = NULL;

		tidy(keeper, keep, &failure);
		end_round(keeper, failure);
	}
	return NULL;
}

static void join(struct housekeeper *keeper)
{
	if (keeper->started)
		pthread_join(keeper->thread, NULL);
	keeper->started = false;
}

/* The program's signals are for its own threads. */
static int start(struct housekeeper *keeper)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&keeper->thread, NULL, work, keeper);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return -r;
	keeper->started = true;
	return 0;
}

int housekeeper_new(const struct backup_names *names, bool compress, struct housekeeper **ret)
{
	struct housekeeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return -ENOMEM;
	keeper->names = names;
	keeper->compress = compress;
	pthread_mutex_init(&keeper->lock, NULL);
	*ret = keeper;
	return 0;
}

int housekeeper_run(struct housekeeper *keeper, unsigned keep)
{
	bool busy;
	int r;

	if (keep == 0 && !keeper->compress)
		return 0;
	pthread_mutex_lock(&keeper->lock);
	keeper->keep = keep;
	keeper->wanted = true;
	busy = keeper->busy;
	keeper->busy = true;
	pthread_mutex_unlock(&keeper->lock);
	if (busy)
		return 0;

	join(keeper);
	r = start(keeper);
	if (r < 0)
		keeper->busy = false;
	return r;
}

bool housekeeper_take_result(struct housekeeper *keeper, struct error **ret)
{
	bool ended;

	pthread_mutex_lock(&keeper->lock);
	ended = keeper->ended;
	keeper->ended = false;
	if (ended)
		*ret = TAKE_PTR(keeper->failure);
	pthread_mutex_unlock(&keeper->lock);
	return ended;
}

void housekeeper_free(struct housekeeper **keeper)
{
	if (!*keeper)
		return;
	atomic_store(&(*keeper)->stop, true);
	join(*keeper);
	pthread_mutex_destroy(&(*keeper)->lock);
	error_free(&(*keeper)->failure);
	free(*keeper);
	*keeper = NULL;
}
