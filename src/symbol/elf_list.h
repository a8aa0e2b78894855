/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_ELF_LIST_H
#define OCELLI_SYMBOL_ELF_LIST_H

#include "symbol/elf_image.h"

/*
 * The functions that can be hooked in an ELF file. Nothing in it is believed, as
 * elf_image.h has it; names are of printable ASCII, others are passed over.
 */

/* So much of a file's tables is read. */
#define ELF_LIST_MAX (256U << 20)

/*
 * Calls @each with the functions that the file has, from its table of symbols or,
 * without one, of those that it exports. Returns 0; -ENODATA without any table;
 * -EFBIG when its tables are larger than ELF_LIST_MAX; what reading fails with; or
 * what @each returns below 0, which ends it.
 */
int elf_list_functions(const struct elf_image *image, int (*each)(const char *name, void *data),
		       void *data);

#endif
