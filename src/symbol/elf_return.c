// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_return.h"
#include "symbol/elf_read.h"

#include <errno.h>
#include <string.h>

#define PIECE 4096U

#if defined(__x86_64__)
static const uint8_t instruction[] = {0xc3};
#elif defined(__aarch64__)
static const uint8_t instruction[] = {0xc0, 0x03, 0x5f, 0xd6};
#endif

/* On arm64 instructions are aligned; files are read by multiples of that. */
static int search(const struct elf_image *image, uint64_t from, uint64_t end, uint64_t *ret)
{
	uint8_t piece[PIECE];

	for (uint64_t at = from; at < end; at += PIECE) {
		size_t size = MIN(end - at, PIECE);
		int r = elf_read_at(image->fd, at, piece, size);

		if (r < 0)
			return r;
		for (size_t i = 0; i + sizeof(instruction) <= size; i += sizeof(instruction)) {
			if (memcmp(piece + i, instruction, sizeof(instruction)) != 0)
				continue;
			*ret = at + i;
			return 0;
		}
	}
	return -ENOENT;
}

int elf_image_return(const struct elf_image *image, uint64_t offset, uint64_t *ret)
{
	for (size_t i = 0; i < image->n_code; i++) {
		const struct elf_segment *s = &image->code[i];
		uint64_t next = offset + sizeof(instruction);
		int r;

		if (offset < s->offset || offset - s->offset >= s->size)
			continue;
		/* Not the one that is hooked. */
		r = search(image, next, s->offset + s->size, ret);
		return r == -ENOENT ? search(image, s->offset, offset, ret) : r;
	}
	return -ENOENT;
}
