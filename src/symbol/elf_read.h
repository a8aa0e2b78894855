/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_ELF_READ_H
#define OCELLI_SYMBOL_ELF_READ_H

/* What the readers of ELF files share. */

#include "base/macro.h"
#include "symbol/elf_image.h"

#include <elf.h>
#include <stdbool.h>

/* Returns 0 when all of it is there. */
int elf_read_at(int fd, uint64_t offset, void *to, size_t size);

/* How that section is described, or -ENOEXEC. */
int elf_read_section(const struct elf_image *image, unsigned section, Elf64_Shdr *ret);

/* The first section of that type, of that name; or -ENODATA. */
int elf_find_type(const struct elf_image *image, uint32_t type, Elf64_Shdr *ret);
int elf_find_section(const struct elf_image *image, const char *name, Elf64_Shdr *ret);

/* All of a section, with a NUL behind it; -EFBIG when it is more than @max. */
int elf_read_whole(const struct elf_image *image, const Elf64_Shdr *section, uint64_t max,
		   char **ret);

/* Whether it is of printable ASCII, without blanks. */
bool elf_is_name(const char *s);

/* The first table of symbols of that type, or -ENODATA. */
int elf_find_table(const struct elf_image *image, uint32_t type, Elf64_Shdr *ret);

#endif
