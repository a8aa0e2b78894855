/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_ELF_DEBUGDATA_H
#define OCELLI_SYMBOL_ELF_DEBUGDATA_H

#include "symbol/elf_image.h"

/* So large may be what is packed, and what it takes to unpack it. */
#define ELF_DEBUGDATA_MAX (256U << 20)
#define ELF_DEBUGDATA_MEMORY_MAX (128U << 20)
/* What unpacks it, as the dynamic loader knows it. */
#define LZMA_LIBRARY "liblzma.so.5"

/*
 * Unpacks the table of symbols that a stripped file has packed in it (.gnu_debugdata:
 * an ELF file that has nothing else, by xz). Returns a descriptor of it, which @ret reads;
 * -ENODATA without one; -ELIBACC without the library; -EFBIG above a limit; -ENOEXEC for what is
 * broken; -ENOMEM; or what reading fails with.
 */
int elf_debugdata_unpack(const struct elf_image *image, struct elf_image *ret);

#endif
