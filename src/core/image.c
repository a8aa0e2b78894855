// SPDX-License-Identifier: Apache-2.0
#include "core/image.h"
#include "base/cleanup.h"
#include "core/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t path_from_names(char *to, const char *names, size_t len)
{
	char *end = to + len, *at = end;

	if (len == 0) {
		memcpy(to, "/", 2);
		return 1;
	}
	/* "c\0b\0a\0" has as many bytes as "/a/b/c": each name goes to the left of the last. */
	*end = '\0';
	while (len > 0) {
		size_t n = strnlen(names, len);

		/* A name without its NUL was cut off by a torn record; take it as it is. */
		at -= n;
		memcpy(at, names, n);
		if (at > to)
			*--at = '/';
		if (n == len)
			break;
		names += n + 1;
		len -= n + 1;
	}
	/* No room was left for the slash of a name that has lost its NUL: it takes the place of the
	 * name's first byte, for what is cut off must not look relative. */
	if (*at != '/')
		*at = '/';
	if (at > to)
		memmove(to, at, (size_t)(end - at) + 1);
	return (size_t)(end - at);
}

/* Removes ".", "..", and doubled slashes from an absolute path, in place. Names only: what ".."
 * means behind a symbolic link is not looked up. Returns the new length. */
static size_t clean_path(char *path)
{
	char *to = path, *from = path;

	while (*from) {
		size_t n;

		while (*from == '/')
			from++;
		n = strcspn(from, "/");
		if (n == 2 && from[0] == '.' && from[1] == '.') {
			while (to > path) {
				to--;
				if (*to == '/')
					break;
			}
		} else if (n > 0 && !(n == 1 && from[0] == '.')) {
			*to++ = '/';
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
	return (size_t)(to - path);
}

/* Where the strings go: behind the struct, one after the other. */
struct packer {
	char *at;
};

static const char *pack(struct packer *p, const char *s, size_t len)
{
	char *to = p->at;

	if (len)
		memcpy(to, s, len);
	to[len] = '\0';
	p->at += len + 1;
	return to;
}

static const char *pack_path(struct packer *p, const char *names, size_t len)
{
	char *to = p->at;

	p->at += path_from_names(to, names, len) + 1;
	return to;
}

static const char *pack_joined(struct packer *p, const char *cwd, const char *name)
{
	char *to = p->at;
	size_t n = strlen(cwd), len = strlen(name);

	memcpy(to, cwd, n);
	to[n] = '/';
	memcpy(to + n + 1, name, len + 1);
	p->at += clean_path(to) + 1;
	return to;
}

static const char *pack_parts(struct packer *p, const struct field_parts *parts)
{
	const char *to = pack(p, parts->head, parts->head_len);

	p->at--;
	pack(p, parts->tail, parts->tail_len);
	return to;
}

static const char *name_binary(struct packer *p, struct image *image)
{
	if (image->exec.flags & EXEC_KTHREAD)
		return image->exec.comm;
	/* A process that was there before us: how it was invoked is not known any more. Nor perhaps
	 * what it runs: what it calls itself is better than nothing. */
	if (!image->filename[0] && image->exe[0])
		return image->exe;
	if (!image->filename[0])
		return image->argv[0] ? image->argv : image->exec.comm;
	if (image->filename[0] == '/' || !image->cwd)
		return image->filename;
	return pack_joined(p, image->cwd, image->filename);
}

/* A process that has been running may have written a shorter title over its arguments, and NULs
 * over what was left of them. */
static void trim_argv(struct image *image)
{
	uint32_t *kept = &image->exec.field[EXEC_ARGV].kept;

	/* There was more: what is here is not its end. */
	if (*kept < image->exec.field[EXEC_ARGV].size)
		return;
	while (*kept > 1 && image->argv[*kept - 1] == '\0' && image->argv[*kept - 2] == '\0')
		--*kept;
	image->exec.field[EXEC_ARGV].size = *kept;
}

int image_new(const struct record_exec *exec, const struct field_parts *argv,
	      const struct field_parts *env, struct image **ret)
{
	struct exec_fields f;
	struct image *image;
	struct packer p;
	size_t size;

	exec_fields(exec, &f);
	size = sizeof(*image) + f.v[EXEC_FILENAME].len + f.v[EXEC_EXE].len + f.v[EXEC_CWD].len +
	       f.v[EXEC_INTERP].len + argv->head_len + argv->tail_len + env->head_len +
	       env->tail_len + 16;
	/* A relative name is joined to the working directory. */
	size += f.v[EXEC_CWD].len + f.v[EXEC_FILENAME].len + 4;
	image = malloc(size);
	if (!image)
		return -ENOMEM;

	image->refs = 1;
	image->counted_as = 0;
	image->size = (unsigned)size;
	image->exec = *exec;
	image->exec.comm[sizeof(image->exec.comm) - 1] = '\0';
	p.at = image->storage;
	image->filename = pack(&p, f.v[EXEC_FILENAME].data,
			       strnlen(f.v[EXEC_FILENAME].data, f.v[EXEC_FILENAME].len));
	image->exe = exec->flags & (EXEC_KTHREAD | EXEC_ERROR_EXE)
			     ? pack(&p, "", 0)
			     : pack_path(&p, f.v[EXEC_EXE].data, f.v[EXEC_EXE].len);
	image->cwd = exec->flags & EXEC_ERROR_CWD
			     ? NULL
			     : pack_path(&p, f.v[EXEC_CWD].data, f.v[EXEC_CWD].len);
	image->interpreter = exec->flags & EXEC_SCRIPT
				     ? pack(&p, f.v[EXEC_INTERP].data,
					    strnlen(f.v[EXEC_INTERP].data, f.v[EXEC_INTERP].len))
				     : NULL;
	image->argv = pack_parts(&p, argv);
	image->exec.field[EXEC_ARGV].kept = (unsigned)(argv->head_len + argv->tail_len);
	if (exec->record.type == RECORD_TASK)
		trim_argv(image);
	image->env = pack_parts(&p, env);
	image->exec.field[EXEC_ENV].kept = (unsigned)(env->head_len + env->tail_len);
	if (exec->flags & EXEC_STRINGS_LATER)
		image->exec.field[EXEC_ENV].size = image->exec.field[EXEC_ENV].kept;
	image->arguments = NULL;
	image->binary = name_binary(&p, image);
	*ret = image;
	return 0;
}

static const char *pack_z(struct packer *p, const char *s)
{
	return s ? pack(p, s, strlen(s)) : NULL;
}

static size_t room_for(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

static void set_kept(struct field *field, size_t kept)
{
	field->size += (uint32_t)kept - field->kept;
	field->kept = (uint32_t)kept;
}

int image_with_texts(const struct image *from, const struct image_texts *t, struct image **ret)
{
	size_t size = sizeof(*from) + room_for(from->binary) + room_for(from->filename) +
		      room_for(from->exe) + room_for(from->cwd) + room_for(from->interpreter) +
		      t->argv_len + t->env_len + t->arguments_len + 3;
	struct image *image = malloc(size);
	struct packer p;

	if (!image)
		return -ENOMEM;
	image->refs = 1;
	image->size = (unsigned)size;
	image->counted_as = 0;
	image->exec = from->exec;
	p.at = image->storage;
	image->filename = pack_z(&p, from->filename);
	image->exe = pack_z(&p, from->exe);
	image->cwd = pack_z(&p, from->cwd);
	image->interpreter = pack_z(&p, from->interpreter);
	image->argv = pack(&p, t->argv, t->argv_len);
	set_kept(&image->exec.field[EXEC_ARGV], t->argv_len);
	image->env = pack(&p, t->env, t->env_len);
	set_kept(&image->exec.field[EXEC_ENV], t->env_len);
	image->arguments = pack(&p, t->arguments, t->arguments_len);
	/* It may be what the process calls itself, which is its own to write. */
	image->binary = from->binary == from->argv ? image->argv : pack_z(&p, from->binary);
	*ret = image;
	return 0;
}

void image_unref(struct image **image)
{
	if (*image && --(*image)->refs == 0)
		free(*image);
	*image = NULL;
}
