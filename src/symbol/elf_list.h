/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_ELF_LIST_H
#define OCELLI_SYMBOL_ELF_LIST_H

#include "symbol/elf_image.h"

/* So much of a file's notes is read. */
#define ELF_LIST_MAX (256U << 20)

/*
 * Calls @each with the tracepoints that are in an ELF file (USDT, notes of stapsdt). Nothing in it
 * is believed, as elf_image.h has it; names are of printable ASCII, others are passed over.
 * Returns 0; -ENODATA without any sections; -EFBIG when its notes are larger than ELF_LIST_MAX;
 * what reading fails with; or what @each returns below 0, which ends it.
 */
int elf_list_probes(const struct elf_image *image,
		    int (*each)(const char *provider, const char *name, void *data), void *data);

#endif
