/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_ELF_RETURN_H
#define OCELLI_SYMBOL_ELF_RETURN_H

#include "symbol/elf_image.h"

/*
 * Finds an instruction that returns from a function, in what is mapped to be executed
 * together with what is at @offset of the file, of a file for the machine that we are
 * built for. It may be the end of another instruction. Returns 0, -ENOENT, or what
 * reading fails with.
 */
int elf_image_return(const struct elf_image *image, uint64_t offset, uint64_t *ret);

#endif
