// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_store.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"
#include "policy/alloc.h"
#include "policy/yaml_reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".json"
/* What a write leaves that did not come to its end; no policy's name begins like that. */
#define UNFINISHED "~new"
/* JSON has at most six characters for one of the text. */
#define FILE_BYTES_MAX (6 * YAML_FILE_MAX + 4096)

struct policy_store {
	int fd;
	char *path;
};

static const char *const mode_names[] = {
	[POLICY_MODE_UNSAID] = "",
	[POLICY_MODE_ENFORCE] = "enforce",
	[POLICY_MODE_MONITOR] = "monitor",
};

static void drop_json(json_t **json)
{
	json_decref(*json);
}

#define _cleanup_json_ _cleanup_(drop_json)

/* --- the directory */

static int refuse(const struct policy_store *store, const char *doing, const char *file, int r,
		  struct error **reterr)
{
	return error_set(reterr, r, "cannot %s %s%s%s: %s", doing, store->path, file ? "/" : "",
			 file ? file : "", strerror(-r));
}

/* Makes the last directory of the path, and has it be there after a crash: the disk has its name
 * when that which it is in was flushed. */
static int make_last(const char *path, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *parent = NULL;
	_cleanup_close_ int fd = -1;

	if (mkdir(path, mode) < 0)
		return errno == EEXIST ? 0 : -errno;
	parent = slash ? strndup(path, MAX((size_t)(slash - path), (size_t)1)) : strdup(".");
	if (!parent)
		return -ENOMEM;
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Each directory of the path that is not there yet. */
static int make_path(char *path, mode_t mode)
{
	int r = 0;

	for (char *slash = path + 1; r == 0 && (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		r = make_last(path, 0755);
		*slash = '/';
	}
	return r < 0 ? r : make_last(path, mode);
}

/* Whoever may write there decides what this machine enforces. */
static int check_owner(const struct policy_store *store, struct error **reterr)
{
	struct stat st;

	if (fstat(store->fd, &st) < 0)
		return refuse(store, "look at", NULL, -errno, reterr);
	if (st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	error_set(reterr, -EPERM, "%s is not only for the agent's user to write to", store->path);
	error_remedy(reterr, "chown %u and chmod 700 it, and look at what is in it",
		     (unsigned)geteuid());
	return -EPERM;
}

int policy_store_open(const char *path, struct policy_store **ret, struct error **reterr)
{
	struct policy_store *store = calloc(1, sizeof(*store));
	int r;

	if (!store || !(store->path = strdup(path))) {
		free(store);
		return error_set(reterr, -ENOMEM, "out of memory");
	}
	r = make_path(store->path, 0700);
	store->fd = r < 0 ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->fd < 0) {
		r = refuse(store, r < 0 ? "make" : "open", NULL, r < 0 ? r : -errno, reterr);
		error_remedy(reterr, "name another directory with --persist-grpc-policies-dir");
	} else {
		r = check_owner(store, reterr);
	}
	if (r < 0) {
		policy_store_free(&store);
		return r;
	}
	*ret = store;
	return 0;
}

void policy_store_free(struct policy_store **store)
{
	if (!*store)
		return;
	if ((*store)->fd >= 0)
		close((*store)->fd);
	free((*store)->path);
	free(*store);
	*store = NULL;
}

/* --- writing */

static int name_of(const struct policy_key *key, char name[NAME_MAX + 1], struct error **reterr)
{
	int n = snprintf(name, NAME_MAX + 1, "%s:%s:%s" SUFFIX, key->name, key->namespace,
			 key->domain);

	if (n <= NAME_MAX)
		return 0;
	error_set(reterr, -ENAMETOOLONG,
		  "the name, the namespace and the domain of a policy that is kept have %d bytes "
		  "together, and the limit is %zu",
		  n - (int)strlen("::" SUFFIX), NAME_MAX - strlen("::" SUFFIX));
	return -ENAMETOOLONG;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* The name is taken when all is on the disk, and so is the name then. */
static int write_file(const struct policy_store *store, const char *name, const char *data,
		      size_t len)
{
	_cleanup_close_ int fd = openat(
		store->fd, UNFINISHED, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : write_all(fd, data, len);

	if (r >= 0 && renameat(store->fd, UNFINISHED, store->fd, name) < 0)
		r = -errno;
	if (r >= 0 && fsync(store->fd) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(store->fd, UNFINISHED, 0);
	return r;
}

static json_t *pack(const char *text, const struct policy_change *change)
{
	return json_pack("{s:s, s:b, s:s*}", "yaml", text, "enabled", !change->disabled, "mode",
			 change->mode ? mode_names[change->mode] : NULL);
}

int policy_store_put(struct policy_store *store, const struct policy_key *key, const char *text,
		     const struct policy_change *change, struct error **reterr)
{
	_cleanup_json_ json_t *json = pack(text, change);
	_cleanup_free_ char *data = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	char name[NAME_MAX + 1];
	int r;

	if (!data)
		return error_set(reterr, -ENOMEM, "out of memory");
	r = name_of(key, name, reterr);
	if (r < 0)
		return r;
	r = write_file(store, name, data, strlen(data));
	return r < 0 ? refuse(store, "write", name, r, reterr) : 0;
}

int policy_store_remove(struct policy_store *store, const struct policy_key *key,
			struct error **reterr)
{
	char name[NAME_MAX + 1];
	int r = name_of(key, name, NULL);

	if (r < 0)
		return 0;
	if (unlinkat(store->fd, name, 0) < 0 && errno != ENOENT)
		return refuse(store, "remove", name, -errno, reterr);
	if (fsync(store->fd) < 0)
		return refuse(store, "write", NULL, -errno, reterr);
	return 0;
}

/* --- reading */

static int read_file(const struct policy_store *store, const char *name, struct str *out)
{
	_cleanup_close_ int fd =
		openat(store->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((size_t)st.st_size > FILE_BYTES_MAX)
		return -EFBIG;
	do {
		char *to = str_reserve(out, (size_t)st.st_size + 1);

		n = to ? read(fd, to, (size_t)st.st_size + 1) : -1;
		if (!to)
			return -ENOMEM;
		out->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && out->len <= FILE_BYTES_MAX);
	return n < 0 ? -errno : 0;
}

static int refuse_file(const struct policy_store *store, const char *name, const char *why,
		       struct error **reterr)
{
	error_set(reterr, -EINVAL, "%s/%s: %s", store->path, name, why);
	error_remedy(reterr, "mend it, or remove it and add the policy again");
	return -EINVAL;
}

static int find_mode(const char *word, enum policy_mode *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(mode_names); i++) {
		if (strcmp(word, mode_names[i]) != 0)
			continue;
		*ret = (enum policy_mode)i;
		return 0;
	}
	return -EINVAL;
}

/* Returns false when it is none. */
static bool key_of(const char *name, struct arena *arena, struct policy_key *ret)
{
	char *words = alloc_text(arena, name, strlen(name) - strlen(SUFFIX));
	const char **const members[] = {&ret->name, &ret->namespace, &ret->domain};
	size_t n = 0;
	char *word;

	if (!words)
		return true;
	while ((word = strsep(&words, ":"))) {
		if (n < ARRAY_SIZE(members))
			*members[n] = word;
		n++;
	}
	return n == ARRAY_SIZE(members);
}

static const char *place_of(const struct policy_store *store, const char *name, struct arena *arena)
{
	size_t size = strlen(store->path) + 1 + strlen(name) + 1;
	char *place = arena_alloc(arena, size);

	if (place)
		snprintf(place, size, "%s/%s", store->path, name);
	return place;
}

static int unpack(const struct policy_store *store, const char *name, const struct str *data,
		  struct kept_policies *ret, struct policy_kept *kept, struct error **reterr)
{
	json_error_t error;
	_cleanup_json_ json_t *json =
		json_loadb(data->data, data->len, JSON_REJECT_DUPLICATES, &error);
	const char *text, *mode = "";
	int enabled = 1;

	if (!json || json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s?b, s?s}", "yaml", &text,
				    "enabled", &enabled, "mode", &mode) < 0)
		return refuse_file(store, name, error.text, reterr);
	if (find_mode(mode, &kept->change.mode) < 0)
		return refuse_file(store, name, "\"mode\" is neither \"enforce\" nor \"monitor\"",
				   reterr);
	if (!key_of(name, &ret->arena, &kept->key))
		return refuse_file(store, name, "its name is not NAME:NAMESPACE:DOMAIN" SUFFIX,
				   reterr);
	kept->change.disabled = !enabled;
	kept->text = alloc_text(&ret->arena, text, strlen(text));
	kept->where = place_of(store, name, &ret->arena);
	return ret->arena.failed ? error_set(reterr, -ENOMEM, "out of memory") : 0;
}

static int read_one(const struct policy_store *store, const char *name, struct kept_policies *ret,
		    struct policy_kept *kept, struct error **reterr)
{
	_cleanup_str_ struct str data = STR_INIT;
	int r = read_file(store, name, &data);

	return r < 0 ? refuse(store, "read", name, r, reterr)
		     : unpack(store, name, &data, ret, kept, reterr);
}

static int is_kept(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), suffix = strlen(SUFFIX);

	return entry->d_name[0] != '.' && len > suffix &&
	       !strcmp(entry->d_name + len - suffix, SUFFIX);
}

static void free_entries(struct dirent **entries, int n)
{
	while (n > 0)
		free(entries[--n]);
	free(entries);
}

int policy_store_read(struct policy_store *store, struct kept_policies *ret, struct error **reterr)
{
	struct dirent **entries;
	int n = scandirat(store->fd, ".", &entries, is_kept, alphasort), r = 0;

	if (n < 0)
		return refuse(store, "list", NULL, -errno, reterr);
	ret->v = arena_alloc(&ret->arena, ((size_t)n + 1) * sizeof(*ret->v));
	if (!ret->v)
		r = error_set(reterr, -ENOMEM, "out of memory");
	for (int i = 0; i < n && ret->v; i++) {
		int one;

		ret->v[ret->n] = (struct policy_kept){0};
		one = read_one(store, entries[i]->d_name, ret, &ret->v[ret->n],
			       r < 0 ? NULL : reterr);
		ret->n += one >= 0;
		r = r < 0 ? r : one;
	}
	free_entries(entries, n);
	return r;
}
