// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_debugdata.h"
#include "base/cleanup.h"
#include "symbol/elf_read.h"

#include <dlfcn.h>
#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <sys/mman.h>

#define PIECE (64U << 10)

static struct {
	bool tried, there;
	__typeof__(lzma_stream_decoder) *stream_decoder;
	__typeof__(lzma_code) *code;
	__typeof__(lzma_end) *end;
} lzma;

static bool find(void)
{
	const struct {
		const char *name;
		void *to;
	} functions[] = {
		{"lzma_stream_decoder", &lzma.stream_decoder},
		{"lzma_code", &lzma.code},
		{"lzma_end", &lzma.end},
	};
	void *library = dlopen(LZMA_LIBRARY, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < ARRAY_SIZE(functions); i++) {
		void *f = dlsym(library, functions[i].name);

		if (!f)
			return false;
		*(void **)functions[i].to = f;
	}
	return library;
}

static bool lzma_available(void)
{
	if (!lzma.tried)
		lzma.there = find();
	lzma.tried = true;
	return lzma.there;
}

static int errno_of(lzma_ret code)
{
	return code == LZMA_OK               ? 0
	       : code == LZMA_MEM_ERROR      ? -ENOMEM
	       : code == LZMA_MEMLIMIT_ERROR ? -EFBIG
					     : -ENOEXEC;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* What has come of the packed bytes so far goes to @fd. Returns 1 when all has. */
static int unpack_piece(lzma_stream *stream, int fd)
{
	uint8_t out[PIECE];
	lzma_ret code = LZMA_OK;
	int r = 0;

	while (r >= 0 && code == LZMA_OK && (stream->avail_in || !stream->avail_out)) {
		stream->next_out = out;
		stream->avail_out = sizeof(out);
		code = lzma.code(stream, LZMA_RUN);
		if (stream->total_out > ELF_DEBUGDATA_MAX)
			return -EFBIG;
		r = write_all(fd, out, sizeof(out) - stream->avail_out);
	}
	if (r < 0)
		return r;
	return code == LZMA_STREAM_END ? 1 : errno_of(code);
}

static int unpack(const struct elf_image *image, const Elf64_Shdr *section, lzma_stream *stream,
		  int fd)
{
	int r = 0;

	for (uint64_t at = 0; r == 0 && at < section->sh_size; at += PIECE) {
		uint8_t in[PIECE];
		size_t size = MIN(section->sh_size - at, PIECE);

		r = elf_read_at(image->fd, section->sh_offset + at, in, size);
		if (r < 0)
			return r;
		stream->next_in = in;
		stream->avail_in = size;
		r = unpack_piece(stream, fd);
	}
	return r == 0 ? -ENOEXEC : r;
}

int elf_debugdata_unpack(const struct elf_image *image, struct elf_image *ret)
{
	_cleanup_close_ int fd = -1;
	lzma_stream stream = LZMA_STREAM_INIT;
	Elf64_Shdr section;
	int r = elf_find_section(image, ".gnu_debugdata", &section);

	if (r < 0)
		return r;
	if (section.sh_type == SHT_NOBITS)
		return -ENODATA;
	if (!lzma_available())
		return -ELIBACC;
	/* In memory, but not in ours: it is read as any other file. */
	fd = memfd_create("gnu_debugdata", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = errno_of(lzma.stream_decoder(&stream, ELF_DEBUGDATA_MEMORY_MAX, 0));
	if (r < 0)
		return r;
	r = unpack(image, &section, &stream, fd);
	lzma.end(&stream);
	if (r >= 0)
		r = elf_image_open(fd, ret);
	return r < 0 ? r : TAKE_FD(fd);
}
