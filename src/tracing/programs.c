// SPDX-License-Identifier: Apache-2.0
#include "tracing/programs.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "tracing/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

static void free_program(struct program *program)
{
	elf_functions_free(&program->functions);
	for (char **digest = program->digests; *digest; digest++)
		free(*digest);
	if (program->file.fd >= 0)
		close(program->file.fd);
	free(program->path);
	free(program);
}

/*
 * Containers of one image have each its own overlay of the same files, and what is
 * hooked is the file below (kernel/events/uprobes.c: d_real_inode()): there its
 * device is no part of what it is, and when it was last changed says the rest.
 */
static struct program_file identity(int fd, const struct stat *st)
{
	struct program_file file = {fd, st->st_dev, st->st_ino};
	uint64_t h = HASH_INIT;
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != OVERLAYFS_SUPER_MAGIC)
		return file;
	h = hash_number(h, (uint64_t)st->st_ctim.tv_sec);
	h = hash_number(h, (uint64_t)st->st_ctim.tv_nsec);
	h = hash_number(h, (uint64_t)st->st_mtim.tv_sec);
	h = hash_number(h, (uint64_t)st->st_mtim.tv_nsec);
	file.device = hash_number(h, (uint64_t)st->st_size);
	return file;
}

static struct program *find(const struct programs *programs, const struct program_file *file)
{
	for (size_t i = 0; i < programs->n; i++)
		if (programs->v[i]->file.device == file->device &&
		    programs->v[i]->file.inode == file->inode)
			return programs->v[i];
	return NULL;
}

/* Takes over *fd. */
static int add(struct programs *programs, const char *path, int *fd,
	       const struct program_file *file, struct program **ret)
{
	struct program **v = reallocarray(programs->v, programs->n + 1, sizeof(struct program *));
	struct program *program;

	if (!v)
		return -ENOMEM;
	programs->v = v;
	program = calloc(1, sizeof(*program));
	if (!program)
		return -ENOMEM;
	program->file = *file;
	program->file.fd = TAKE_FD(*fd);
	program->path = strdup(path);
	if (!program->path) {
		free_program(program);
		return -ENOMEM;
	}
	*ret = v[programs->n++] = program;
	return 0;
}

int programs_open_file(int root, const char *path, struct stat *st, int *ret)
{
	/* Whatever it is, opening it does nothing. */
	_cleanup_close_ int fd = root_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, st) < 0)
		return fd < 0 ? fd : -errno;
	if (!S_ISREG(st->st_mode))
		return S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
	*ret = TAKE_FD(fd);
	return 0;
}

int program_file_identify(int root, const char *path, struct program_file *ret)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = programs_open_file(root, path, &st, &fd);

	if (r < 0)
		return r;
	*ret = identity(fd, &st);
	ret->fd = -1;
	return 0;
}

int programs_open(struct programs *programs, int root, const char *path, struct program **ret,
		  struct error **reterr)
{
	_cleanup_close_ int fd = -1;
	struct program_file file;
	struct stat st;
	int r = programs_open_file(root, path, &st, &fd);

	if (r >= 0) {
		file = identity(fd, &st);
		*ret = find(programs, &file);
		if (*ret)
			return 0;
		if (programs->n == PROGRAMS_MAX)
			return error_set(reterr, -EMFILE,
					 "the policy hooks more than %d files, which is the limit",
					 PROGRAMS_MAX);
		r = add(programs, path, &fd, &file, ret);
	}
	if (r >= 0) {
		r = elf_image_open_named((*ret)->file.fd, path, &(*ret)->image, reterr);
		if (r < 0)
			free_program(programs->v[--programs->n]);
		return r;
	}
	return error_set(reterr, r, "cannot read %s: %s", path, strerror(-r));
}

struct elf_functions *program_functions(struct program *program, struct error **reterr)
{
	if (!program->functions &&
	    elf_functions_read(&program->image, &program->functions, reterr) < 0)
		return NULL;
	return program->functions;
}

void programs_forget(struct programs *programs)
{
	for (size_t i = 0; i < programs->n; i++)
		elf_functions_free(&programs->v[i]->functions);
}

void programs_done(struct programs *programs)
{
	for (size_t i = 0; i < programs->n; i++)
		free_program(programs->v[i]);
	free(programs->v);
	*programs = (struct programs){0};
}
