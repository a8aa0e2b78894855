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

/* Of what is in a directory. */
struct names {
	char **v;
	size_t n;
};

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct names){0};
}

static int names_add(struct names *names, const char *name)
{
	char **v = reallocarray(names->v, names->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	names->v = v;
	v[names->n] = strdup(name);
	if (!v[names->n])
		return -ENOMEM;
	names->n++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In order. Returns 0 or negative errno. */
static int read_names(const char *dir, struct names *ret)
{
	DIR *entries = opendir(dir);
	const struct dirent *entry;
	int r = 0;

	if (!entries)
		return -errno;
	while (r >= 0 && (entry = readdir(entries)))
		if (entry->d_name[0] != '.')
			r = names_add(ret, entry->d_name);
	closedir(entries);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
	return r;
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
	_cleanup_(names_done) struct names names = {0};
	_cleanup_close_ int fd = -1;
	int r;

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
	r = read_names(ret->path, &names);
	ret->pins = calloc(names.n + 1, sizeof(*ret->pins));
	if (!ret->pins)
		return -ENOMEM;
	for (size_t i = 0; i < names.n; i++)
		if (strncmp(names.v[i], "about", strlen("about")) != 0)
			ret->pins[ret->n++] = TAKE_PTR(names.v[i]);
	return r;
}

static void one_done(struct pinned *pinned)
{
	names_done(&(struct names){pinned->pins, pinned->n});
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

static int read_all(const char *dir, struct pinned_list *ret)
{
	_cleanup_(names_done) struct names names = {0};
	int r = read_names(dir, &names);

	if (r < 0)
		return r;
	ret->v = calloc(names.n + 1, sizeof(*ret->v));
	if (!ret->v)
		return -ENOMEM;
	for (size_t i = 0; i < names.n && r >= 0; i++) {
		if (is_being_made(names.v[i]))
			continue;
		r = read_one(dir, names.v[i], &ret->v[ret->n]);
		if (r >= 0)
			ret->n++;
		else
			one_done(&ret->v[ret->n]);
		if (r == -ENOENT || r == -ENOTDIR)
			r = 0;
	}
	return r;
}

int pinned_read(const char *dir, struct pinned_list *ret, struct error **reterr)
{
	int r;

	*ret = PINNED_LIST_INIT;
	r = read_all(dir, ret);
	if (r >= 0 || r == -ENOENT)
		return 0;
	pinned_done(ret);
	return error_set(reterr, r, "cannot read %s: %s", dir, strerror(-r));
}

int pinned_remove(const struct pinned *pinned, struct error **reterr)
{
	_cleanup_(names_done) struct names names = {0};
	_cleanup_close_ int fd = lock(pinned->path);
	int r;

	if (fd == -ENOENT)
		return 0;
	if (fd == -EBUSY) {
		error_set(reterr, -EBUSY, "%s is of an agent that runs", pinned->path);
		error_remedy(reterr, "stop the agent, or have it unload its policies");
		return -EBUSY;
	}
	r = fd < 0 ? fd : read_names(pinned->path, &names);
	for (size_t i = 0; i < names.n; i++)
		if (unlinkat(fd, names.v[i], 0) < 0 && errno != ENOENT && r >= 0)
			r = -errno;
	if (r >= 0 && rmdir(pinned->path) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? error_set(reterr, r, "cannot remove %s: %s", pinned->path, strerror(-r)) : 0;
}
