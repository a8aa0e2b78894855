// SPDX-License-Identifier: Apache-2.0
#include "pins/pins.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macro.h"
#include "base/str.h"
#include "pins/about.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

struct pins {
	struct pins_config config;
	char *own; /* NULL: not made yet */
	int lock;
	unsigned n; /* names that were given */
};

/* The directory that it is in. The caller's to free. */
static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash > path ? strndup(path, (size_t)(slash - path)) : strdup("/");
}

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
}

static int check(const struct pins *pins, struct error **reterr)
{
	_cleanup_free_ char *parent = parent_of(pins->config.dir);

	if (!parent)
		return error_set(reterr, -ENOMEM, "out of memory");
	if (is_bpffs(parent) || is_bpffs(pins->config.dir))
		return 0;
	error_set(reterr, -ENOTSUP, "%s is in no BPF file system", pins->config.dir);
	error_remedy(reterr, "mount one: mount -t bpf bpf " BPFFS);
	return -ENOTSUP;
}

/* As systemd does it. */
static void mount_bpffs(const char *dir)
{
	if (!strncmp(dir, BPFFS "/", sizeof(BPFFS)) && !is_bpffs(BPFFS))
		mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700");
}

int pins_new(const struct pins_config *config, struct pins **ret, struct error **reterr)
{
	struct pins *pins = calloc(1, sizeof(*pins));
	int r = 0;

	if (!pins)
		return error_set(reterr, -ENOMEM, "out of memory");
	pins->config = *config;
	pins->lock = -1;
	if (config->required) {
		mount_bpffs(config->dir);
		r = check(pins, reterr);
	}
	if (r < 0)
		pins_free(&pins);
	else
		*ret = pins;
	return r;
}

void pins_free(struct pins **pins)
{
	if (!*pins)
		return;
	if ((*pins)->own) {
		about_remove_alone((*pins)->own);
		/* It stays when there is something in it. */
		rmdir((*pins)->own);
		rmdir((*pins)->config.dir);
	}
	if ((*pins)->lock >= 0)
		close((*pins)->lock);
	free((*pins)->own);
	free(*pins);
	*pins = NULL;
}

bool pins_required(const struct pins *pins)
{
	return pins->config.required;
}

const char *pins_directory(const struct pins *pins)
{
	return pins->own;
}

/* Locked before anybody can take it for one that was left: under a name that nobody looks at. */
static int make_own(struct pins *pins, struct error **reterr)
{
	_cleanup_free_ char *making = NULL, *own = NULL;
	_cleanup_close_ int lock = -1;
	int r = check(pins, reterr);

	if (r < 0)
		return r;
	if (asprintf(&own, "%s/%d-%llu", pins->config.dir, (int)getpid(),
		     (unsigned long long)clock_ns(CLOCK_BOOTTIME)) < 0)
		own = NULL;
	if (!own || asprintf(&making, "%s" PINS_MAKING, own) < 0)
		making = NULL;
	if (!making)
		return error_set(reterr, -ENOMEM, "out of memory");
	if ((mkdir(pins->config.dir, 0700) < 0 && errno != EEXIST) || mkdir(making, 0700) < 0)
		return error_set(reterr, -errno, "cannot make a directory in %s: %s",
				 pins->config.dir, strerror(errno));
	lock = open(making, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0 || rename(making, own) < 0) {
		r = error_set(reterr, -errno, "cannot lock %s: %s", making, strerror(errno));
		rmdir(making);
		return r;
	}
	pins->lock = TAKE_FD(lock);
	pins->own = TAKE_PTR(own);
	return 0;
}

/* Somebody may have removed it. */
static int find_own(struct pins *pins, struct error **reterr)
{
	if (pins->own && access(pins->own, F_OK) == 0)
		return 0;
	free(pins->own);
	pins->own = NULL;
	if (pins->lock >= 0)
		close(pins->lock);
	pins->lock = -1;
	return make_own(pins, reterr);
}

/* What the file system refuses in names, and what would make a path of it (kernel/bpf/inode.c:
 * bpf_lookup()). */
static void make_name(char *name)
{
	for (char *p = name; *p; p++)
		if (*p == '.' || *p == '/')
			*p = '_';
}

int pins_add(struct pins *pins, int fd, const char *kind, const char *name, char **ret,
	     struct error **reterr)
{
	_cleanup_free_ char *own = NULL, *path = NULL;
	int r = find_own(pins, reterr);

	if (r < 0)
		return r;
	if (asprintf(&own, "%s:%.128s:%u", kind, name, pins->n++) < 0)
		own = NULL;
	if (own)
		make_name(own);
	if (!own || asprintf(&path, "%s/%s", pins->own, own) < 0)
		path = NULL;
	if (!path)
		return error_set(reterr, -ENOMEM, "out of memory");
	if (bpf_obj_pin(fd, path) < 0)
		return error_set(reterr, -errno, "cannot pin %s: %s", path, strerror(errno));
	*ret = TAKE_PTR(path);
	return 0;
}

void pin_remove(char **path)
{
	if (!*path)
		return;
	unlink(*path);
	free(*path);
	*path = NULL;
}

int pins_describe(struct pins *pins, const char *text, struct error **reterr)
{
	int r = pins->own ? about_write(pins->own, text) : 0;

	return r < 0 ? error_set(reterr, r, "cannot describe what is in %s: %s", pins->own,
				 strerror(-r))
		     : 0;
}
