// SPDX-License-Identifier: Apache-2.0
#include "tracing/roots.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A container's first process executes something before its root is what it will be. */
#define EXECS_MAX 4

struct root {
	uint64_t mnt;
	uint32_t pid;   /* one of its processes */
	unsigned execs; /* that were noted, up to EXECS_MAX */
};

struct roots {
	const char *procfs;
	uint64_t own;
	pthread_mutex_t lock;
	struct root *v;
	size_t n;
	bool scanned;
	uint64_t skipped;
};

/* 0: there is no such process. */
static uint64_t namespace_of(const struct roots *roots, const char *process)
{
	unsigned long long inode;
	char path[300], text[64];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s/ns/mnt", roots->procfs, process);
	n = readlink(path, text, sizeof(text) - 1);
	if (n < 0)
		return 0;
	text[n] = '\0';
	return sscanf(text, "mnt:[%llu]", &inode) == 1 ? inode : 0;
}

static uint64_t namespace_of_pid(const struct roots *roots, uint32_t pid)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", pid);
	return namespace_of(roots, name);
}

int roots_new(const char *procfs, struct roots **ret)
{
	struct roots *roots = calloc(1, sizeof(*roots));

	if (roots)
		roots->v = calloc(ROOTS_MAX, sizeof(*roots->v));
	if (!roots || !roots->v) {
		free(roots);
		return -ENOMEM;
	}
	roots->procfs = procfs;
	roots->own = namespace_of(roots, "self");
	pthread_mutex_init(&roots->lock, NULL);
	*ret = roots;
	return 0;
}

void roots_free(struct roots **roots)
{
	if (!*roots)
		return;
	pthread_mutex_destroy(&(*roots)->lock);
	free((*roots)->v);
	free(*roots);
	*roots = NULL;
}

static struct root *find(const struct roots *roots, uint64_t mnt)
{
	for (size_t i = 0; i < roots->n; i++)
		if (roots->v[i].mnt == mnt)
			return &roots->v[i];
	return NULL;
}

/* NULL: it is our own, or there is no room for it. */
static struct root *find_or_add(struct roots *roots, uint64_t mnt, uint32_t pid)
{
	struct root *root = find(roots, mnt);

	if (root || !mnt || mnt == roots->own)
		return root;
	if (roots->n == ROOTS_MAX) {
		roots->skipped++;
		return NULL;
	}
	root = &roots->v[roots->n++];
	*root = (struct root){.mnt = mnt, .pid = pid};
	return root;
}

bool roots_note(struct roots *roots, uint64_t mnt, uint32_t pid)
{
	bool may_be_other = false;
	struct root *root;

	pthread_mutex_lock(&roots->lock);
	root = find_or_add(roots, mnt, pid);
	if (root && root->execs < EXECS_MAX) {
		root->execs++;
		root->pid = pid;
		may_be_other = true;
	}
	pthread_mutex_unlock(&roots->lock);
	return may_be_other;
}

/* Asks about each process; @mnt: stops at one that is in this namespace, which gets its pid. */
static void scan(struct roots *roots, struct root *of)
{
	DIR *dir = opendir(roots->procfs);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		uint64_t mnt = pid ? namespace_of(roots, entry->d_name) : 0;

		if (!of) {
			find_or_add(roots, mnt, pid);
		} else if (mnt == of->mnt) {
			of->pid = pid;
			break;
		}
	}
	if (dir)
		closedir(dir);
}

static bool lives(const struct roots *roots, const struct root *root)
{
	return namespace_of_pid(roots, root->pid) == root->mnt;
}

void roots_settle(struct roots *roots)
{
	size_t kept = 0;

	pthread_mutex_lock(&roots->lock);
	if (!roots->scanned)
		scan(roots, NULL);
	roots->scanned = true;
	for (size_t i = 0; i < roots->n; i++) {
		struct root *root = &roots->v[i];

		if (!lives(roots, root))
			scan(roots, root);
		if (lives(roots, root))
			roots->v[kept++] = *root;
	}
	roots->n = kept;
	pthread_mutex_unlock(&roots->lock);
}

size_t roots_count(const struct roots *roots)
{
	return __atomic_load_n(&roots->n, __ATOMIC_RELAXED);
}

uint64_t roots_skipped(const struct roots *roots)
{
	return __atomic_load_n(&roots->skipped, __ATOMIC_RELAXED);
}

/* Of what is mounted at the root of a process, last. */
static bool is_served(const struct roots *roots, uint32_t pid)
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	char path[300], at[8], type[8];
	bool served = false;

	snprintf(path, sizeof(path), "%s/%u/mountinfo", roots->procfs, pid);
	f = fopen(path, "re");
	while (f && getline(&line, &size, f) > 0) {
		const char *rest = strstr(line, " - ");

		if (rest && sscanf(line, "%*s %*s %*s %*s %7s", at) == 1 && !strcmp(at, "/") &&
		    sscanf(rest, " - %7s", type) == 1)
			served = !strncmp(type, "fuse", 4);
	}
	return served;
}

int root_open(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	long fd = root < 0 ? open(path, flags | O_CLOEXEC)
			   : syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int roots_open(const struct roots *roots, size_t i, uint64_t *ret_mnt)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&roots->lock;
	_cleanup_close_ int fd = -1;
	struct root root = {0};
	char path[300];

	pthread_mutex_lock(lock);
	if (i < roots->n)
		root = roots->v[i];
	pthread_mutex_unlock(lock);
	if (root.pid && is_served(roots, root.pid))
		return -EOPNOTSUPP;
	snprintf(path, sizeof(path), "%s/%u/root", roots->procfs, root.pid);
	fd = root.pid ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	/* The pid may be another's by now. */
	if (fd < 0 || !lives(roots, &root))
		return -ESRCH;
	*ret_mnt = root.mnt;
	return TAKE_FD(fd);
}
