/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_ELF_IMAGE_H
#define OCELLI_SYMBOL_ELF_IMAGE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What there is to know of a 64-bit ELF file that somebody executes. The file may
 * be anybody's and change any time, so it is read, never mapped, by small pieces,
 * and nothing in it is believed; no table of it is kept.
 */

#define BUILD_ID_SIZE 20
#define SYMBOL_NAME_MAX 256
#define ELF_SEGMENTS_MAX 64

struct elf_segment {
	uint64_t offset, address, size; /* in the file */
};

struct elf_image {
	int fd; /* stays the caller's */
	struct elf_segment code[ELF_SEGMENTS_MAX], data[ELF_SEGMENTS_MAX], notes[ELF_SEGMENTS_MAX];
	size_t n_code, n_data /* that can be written to */, n_notes;
	bool is_cut;       /* it has more code than that */
	uint64_t sections; /* where they are described, and how many there are */
	unsigned n_sections;
	unsigned section_names; /* the section that has them; 0: none */
};

/* Returns 0; -ENOEXEC for what is none; or what reading fails with. */
int elf_image_open(int fd, struct elf_image *ret);

/* The same, with the reason for people; @path is what they call the file. */
int elf_image_open_named(int fd, const char *path, struct elf_image *ret, struct error **reterr);

/* Where in the file is what is executed at that address, before the file as a whole is moved to
 * where it is loaded. Returns 0, or -ENOENT. */
int elf_image_offset(const struct elf_image *image, uint64_t address, uint64_t *ret);

/* The other way round. */
int elf_image_address(const struct elf_image *image, uint64_t offset, uint64_t *ret);

/* As the kernel has it: 20 bytes, zeros behind what is shorter. Returns how many it has, or
 * -ENOENT. */
ssize_t elf_image_build_id(const struct elf_image *image, uint8_t *ret);

/*
 * The name of the function that is at @offset in the file, from its table of
 * symbols or, without one, of those that it exports; cut off at its limit.
 * *left: so many bytes of tables may be looked at; what was is taken off.
 * Returns 0; -ENODATA when there is none; -EDQUOT when *left is not enough; or what
 * reading fails with.
 */
int elf_image_symbol(const struct elf_image *image, uint64_t offset, uint64_t *left,
		     char ret[SYMBOL_NAME_MAX]);

#endif
