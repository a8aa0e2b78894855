/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_GO_TABLE_H
#define OCELLI_SYMBOL_GO_TABLE_H

#include "symbol/elf_image.h"
#include "symbol/function_set.h"

/*
 * Adds the functions in the table that Go's runtime keeps of them (.gopclntab, of Go 1.2 and
 * later), which a program has when it is stripped, too. Returns 0; -ENODATA without such a table;
 * -EPROTONOSUPPORT for one of another version, or that does not say where its code is; -ENOEXEC
 * for a broken one; -EFBIG above a limit; -ENOMEM; or what reading fails with.
 */
int go_table_add(const struct elf_image *image, struct function_set *set);

#endif
