// SPDX-License-Identifier: Apache-2.0
#include "pins/pinned.h"
#include "base/cleanup.h"
#include "pins/about.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In order. Returns how many there are, or negative errno. */
static ssize_t read_names(const char *dir, char ***ret)
{
	DIR *entries = opendir(dir);
	const struct dirent *entry;
	char **names = NULL, **more;
	size_t n = 0;

	if (!entries)
		return -errno;
	while ((entry = readdir(entries))) {
		if (entry->d_name[0] == '.')
			continue;
		more = reallocarray(names, n + 1, sizeof(*names));
		if (more)
			names = more;
		if (!more || !(names[n] = strdup(entry->d_name))) {
			free_names(names, n);
			closedir(entries);
			return -ENOMEM;
		}
		n++;
	}
	closedir(entries);
	if (n)
		qsort(names, n, sizeof(*names), by_name);
	*ret = names;
	return (ssize_t)n;
}

static bool is_being_made(const char *name)
{
	size_t len = strlen(name), end = sizeof(PINS_MAKING) - 1;

	return len > end && !strcmp(name + len - end, PINS_MAKING);
}

/* Returns the lock; -EBUSY: its agent lives; or another negative errno. */
static int lock(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return TAKE_FD(fd);
}

/* Its agent may end, or another agent remove it, while we look. */
static int read_one(const char *dir, const char *name, struct pinned *ret)
{
	_cleanup_close_ int fd = -1;
	ssize_t n;

	*ret = (struct pinned){.name = strdup(name)};
	if (asprintf(&ret->path, "%s/%s", dir, name) < 0)
		ret->path = NULL;
	if (!ret->name || !ret->path)
		return -ENOMEM;
	fd = lock(ret->path);
	if (fd < 0 && fd != -EBUSY)
		return fd;
	ret->in_use = fd == -EBUSY;
	about_read(ret->path, &ret->about);
	n = read_names(ret->path, &ret->pins);
	if (n < 0)
		return (int)n;
	for (size_t i = 0; i < (size_t)n; i++)
		if (!strncmp(ret->pins[i], "about", strlen("about")))
			free(ret->pins[i]);
		else
			ret->pins[ret->n++] = ret->pins[i];
	return 0;
}

static void one_done(struct pinned *pinned)
{
	free_names(pinned->pins, pinned->n);
	free(pinned->name);
	free(pinned->path);
	free(pinned->about);
}

void pinned_done(struct pinned_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		one_done(&list->v[i]);
	free(list->v);
	*list = PINNED_LIST_INIT;
}

int pinned_read(const char *dir, struct pinned_list *ret, struct error **reterr)
{
	char **names = NULL;
	ssize_t n = read_names(dir, &names);
	int r = 0;

	*ret = PINNED_LIST_INIT;
	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return error_set(reterr, (int)n, "cannot read %s: %s", dir, strerror((int)-n));
	ret->v = calloc((size_t)n + 1, sizeof(*ret->v));
	if (!ret->v)
		r = -ENOMEM;
	for (size_t i = 0; i < (size_t)n && r >= 0; i++) {
		if (is_being_made(names[i]))
			continue;
		r = read_one(dir, names[i], &ret->v[ret->n]);
		if (r >= 0)
			ret->n++;
		else
			one_done(&ret->v[ret->n]);
		if (r == -ENOENT || r == -ENOTDIR)
			r = 0;
	}
	free_names(names, (size_t)n);
	if (r < 0)
		pinned_done(ret);
	return r < 0 ? error_set(reterr, r, "cannot read %s: %s", dir, strerror(-r)) : 0;
}

int pinned_remove(const struct pinned *pinned, struct error **reterr)
{
	_cleanup_close_ int fd = lock(pinned->path);
	char **names = NULL;
	ssize_t n;
	int r = 0;

	if (fd == -ENOENT)
		return 0;
	if (fd == -EBUSY) {
		error_set(reterr, -EBUSY, "%s is of an agent that runs", pinned->path);
		error_remedy(reterr, "stop the agent, or have it unload its policies");
		return -EBUSY;
	}
	n = fd < 0 ? fd : read_names(pinned->path, &names);
	for (size_t i = 0; n > 0 && i < (size_t)n; i++)
		if (unlinkat(fd, names[i], 0) < 0 && errno != ENOENT && r >= 0)
			r = -errno;
	if (n > 0)
		free_names(names, (size_t)n);
	if (n < 0)
		r = (int)n;
	if (r >= 0 && rmdir(pinned->path) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? error_set(reterr, r, "cannot remove %s: %s", pinned->path, strerror(-r)) : 0;
}
