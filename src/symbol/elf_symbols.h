/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_ELF_SYMBOLS_H
#define OCELLI_SYMBOL_ELF_SYMBOLS_H

#include "symbol/elf_image.h"
#include "symbol/function_set.h"

/*
 * Adds the functions of a table of symbols (SHT_SYMTAB, SHT_DYNSYM) of @names, with their
 * versions, that @image has the code of: both are one file unless names are apart.
 * Returns 0; -ENODATA without such a table; -EFBIG above a limit; or what reading fails with.
 */
int elf_symbols_add(const struct elf_image *image, const struct elf_image *names, uint32_t type,
		    struct function_set *set);

#endif
