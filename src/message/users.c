// SPDX-License-Identifier: Apache-2.0
#include "message/users.h"
#include "base/cleanup.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

struct user {
	uint32_t uid;
	char *name;
};

struct users {
	char *path;
	struct user *v; /* by uid */
	size_t n;
	struct timespec changed;
};

static int by_uid(const void *a, const void *b)
{
	const struct user *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static void clear(struct users *users)
{
	for (size_t i = 0; i < users->n; i++)
		free(users->v[i].name);
	free(users->v);
	users->v = NULL;
	users->n = 0;
}

static bool has(const struct users *users, uint32_t uid)
{
	for (size_t i = 0; i < users->n; i++)
		if (users->v[i].uid == uid)
			return true;
	return false;
}

static void load(struct users *users)
{
	_cleanup_fclose_ FILE *f = fopen(users->path, "re");
	struct passwd *entry;

	clear(users);
	if (!f)
		return;
	while ((entry = fgetpwent(f))) {
		struct user *v;

		/* Of two names for one uid the first counts, as for getpwuid(3). */
		if (has(users, entry->pw_uid))
			continue;
		v = reallocarray(users->v, users->n + 1, sizeof(*v));
		if (!v)
			break;
		users->v = v;
		v[users->n].uid = entry->pw_uid;
		v[users->n].name = strdup(entry->pw_name);
		if (!v[users->n].name)
			break;
		users->n++;
	}
	if (users->n)
		qsort(users->v, users->n, sizeof(*users->v), by_uid);
}

int users_new(const char *path, struct users **ret)
{
	struct users *users = calloc(1, sizeof(*users));

	if (!users)
		return -ENOMEM;
	users->path = strdup(path);
	if (!users->path) {
		free(users);
		return -ENOMEM;
	}
	users_refresh(users);
	*ret = users;
	return 0;
}

void users_free(struct users **users)
{
	if (!*users)
		return;
	clear(*users);
	free((*users)->path);
	free(*users);
	*users = NULL;
}

const char *users_name(struct users *users, uint32_t uid)
{
	struct user key = {.uid = uid}, *user;

	user = users->n ? bsearch(&key, users->v, users->n, sizeof(key), by_uid) : NULL;
	return user ? user->name : NULL;
}

void users_refresh(struct users *users)
{
	struct stat st;

	if (stat(users->path, &st) < 0)
		return;
	if (st.st_mtim.tv_sec == users->changed.tv_sec &&
	    st.st_mtim.tv_nsec == users->changed.tv_nsec)
		return;
	users->changed = st.st_mtim;
	load(users);
}
