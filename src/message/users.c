// SPDX-License-Identifier: Apache-2.0
#include "message/users.h"
#include "base/cleanup.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct user {
	uint32_t uid;
	size_t entry; /* which of the file */
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

static int by_uid_and_entry(const void *a, const void *b)
{
	const struct user *x = a, *y = b;
	int order = by_uid(a, b);

	return order ? order : x->entry < y->entry ? -1 : x->entry > y->entry;
}

static void clear(struct users *users)
{
	for (size_t i = 0; i < users->n; i++)
		free(users->v[i].name);
	free(users->v);
	users->v = NULL;
	users->n = 0;
}

static int add(struct users *users, size_t *cap, const struct passwd *entry)
{
	char *name;

	if (users->n == *cap) {
		size_t more = *cap ? 2 * *cap : 64;
		struct user *v = reallocarray(users->v, more, sizeof(*v));

		if (!v)
			return -ENOMEM;
		users->v = v;
		*cap = more;
	}
	name = strdup(entry->pw_name);
	if (!name)
		return -ENOMEM;
	users->v[users->n] = (struct user){entry->pw_uid, users->n, name};
	users->n++;
	return 0;
}

/* Sorts them. Of two names for one uid the first counts, as for getpwuid(3). */
static void settle(struct users *users)
{
	size_t n = 0;

	if (users->n)
		qsort(users->v, users->n, sizeof(*users->v), by_uid_and_entry);
	for (size_t i = 0; i < users->n; i++) {
		if (n && users->v[n - 1].uid == users->v[i].uid)
			free(users->v[i].name);
		else
			users->v[n++] = users->v[i];
	}
	users->n = n;
}

static void load(struct users *users)
{
	_cleanup_fclose_ FILE *f = fopen(users->path, "re");
	const struct passwd *entry;
	size_t cap = 0;

	clear(users);
	if (!f)
		return;
	while ((entry = fgetpwent(f)))
		if (add(users, &cap, entry) < 0)
			break;
	settle(users);
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

bool users_refresh(struct users *users)
{
	struct stat st;

	if (stat(users->path, &st) < 0)
		return false;
	if (st.st_mtim.tv_sec == users->changed.tv_sec &&
	    st.st_mtim.tv_nsec == users->changed.tv_nsec)
		return false;
	users->changed = st.st_mtim;
	load(users);
	return true;
}
