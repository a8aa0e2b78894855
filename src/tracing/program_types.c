// SPDX-License-Identifier: Apache-2.0
#include "tracing/program_types.h"
#include "base/cleanup.h"
#include "sensor/btf_read.h"
#include "symbol/elf_read.h"
#include "tracing/programs.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct types_of_file {
	dev_t device;
	ino_t inode;
	struct btf *btf;
};

static int too_large(const char *path, struct error **reterr)
{
	return error_set(reterr, -EFBIG,
			 "with %s, the policy's files of types are larger than %u MiB together, "
			 "which is the limit",
			 path, PROGRAM_TYPES_MAX >> 20);
}

static int cannot_read(const char *path, int r, struct error **reterr)
{
	return error_set(reterr, r, "cannot read %s: %s", path, strerror(-r));
}

static int no_types(const struct elf_image *image, const char *path, struct error **reterr)
{
	Elf64_Shdr section;

	if (elf_find_section(image, ".debug_info", &section) < 0) {
		error_set(reterr, -ENODATA, "%s has no BTF", path);
		error_remedy(reterr, "build it with -g, and make BTF of that by pahole "
				     "--btf_encode_detached=FILE.btf PROGRAM");
		return -ENODATA;
	}
	error_set(reterr, -ENODATA, "%s has no BTF, but types as debuggers know them, DWARF", path);
	error_remedy(reterr, "make BTF of them by pahole --btf_encode_detached=FILE.btf %s", path);
	return -ENODATA;
}

static int read_elf(int fd, const char *path, uint64_t max, char **ret, size_t *ret_size,
		    struct error **reterr)
{
	struct elf_image image;
	Elf64_Shdr section;
	int r = elf_image_open(fd, &image);

	if (r < 0)
		return error_set(reterr, r, "%s is neither BTF nor a 64-bit ELF file", path);
	if (elf_find_section(&image, ".BTF", &section) < 0)
		return no_types(&image, path, reterr);
	r = elf_read_whole(&image, &section, max, ret);
	*ret_size = section.sh_size;
	if (r == -EFBIG)
		return too_large(path, reterr);
	return r < 0 ? cannot_read(path, r, reterr) : 0;
}

static int read_raw(int fd, const char *path, uint64_t size, uint64_t max, char **ret,
		    struct error **reterr)
{
	_cleanup_free_ char *bytes = NULL;
	int r;

	if (size > max)
		return too_large(path, reterr);
	bytes = malloc(size);
	if (!bytes)
		return error_set(reterr, -ENOMEM, "out of memory");
	r = elf_read_at(fd, 0, bytes, size);
	if (r < 0)
		return cannot_read(path, r, reterr);
	*ret = TAKE_PTR(bytes);
	return 0;
}

static int read_types(int fd, const char *path, uint64_t file_size, uint64_t max,
		      struct types_of_file *file, size_t *size, struct error **reterr)
{
	_cleanup_free_ char *bytes = NULL;
	uint16_t magic = 0;
	int r = elf_read_at(fd, 0, &magic, sizeof(magic));

	*size = file_size;
	if (r >= 0 && btf_is_raw(&magic, sizeof(magic)))
		r = read_raw(fd, path, file_size, max, &bytes, reterr);
	else
		r = read_elf(fd, path, max, &bytes, size, reterr);
	if (r < 0)
		return r;
	r = btf_read(bytes, *size, &file->btf);
	if (r == -EINVAL)
		return error_set(reterr, r, "the BTF in %s is broken, or of another byte order",
				 path);
	return r < 0 ? error_set(reterr, r, "out of memory") : 0;
}

int program_types_read(struct program_types *types, const char *path, const struct btf **ret,
		       struct error **reterr)
{
	struct types_of_file *v;
	_cleanup_close_ int fd = -1;
	struct stat st;
	size_t size;
	int r = programs_open_file(-1, path, &st, &fd);

	if (r < 0)
		return cannot_read(path, r, reterr);
	for (size_t i = 0; i < types->n; i++) {
		if (types->v[i].device != st.st_dev || types->v[i].inode != st.st_ino)
			continue;
		*ret = types->v[i].btf;
		return 0;
	}
	v = reallocarray(types->v, types->n + 1, sizeof(*v));
	if (!v)
		return error_set(reterr, -ENOMEM, "out of memory");
	types->v = v;
	v[types->n] = (struct types_of_file){.device = st.st_dev, .inode = st.st_ino};
	r = read_types(fd, path, (uint64_t)st.st_size, PROGRAM_TYPES_MAX - types->size,
		       &v[types->n], &size, reterr);
	if (r < 0)
		return r;
	types->size += size;
	*ret = v[types->n++].btf;
	return 0;
}

void program_types_done(struct program_types *types)
{
	for (size_t i = 0; i < types->n; i++)
		btf__free(types->v[i].btf);
	free(types->v);
	*types = (struct program_types){0};
}
