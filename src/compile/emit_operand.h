/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EMIT_OPERAND_H
#define OCELLI_COMPILE_EMIT_OPERAND_H

#include "compile/backend.h"
#include "compile/operand.h"

/* Of functions with more arguments the others are not to be had. */
#define OPERANDS_OF_FUNCTION 16

/* Where a function of a program has its arguments, integers and pointers, when it begins: the
 * operands of backend_uprobe. */
extern const struct operand operands_of_function[OPERANDS_OF_FUNCTION];

/*
 * What a program finds at one place of a static probe. Its places are those of
 * @operands, with what they are worth: of those in memory that cannot be read 0;
 * and @n further on, of those in memory, where they are. The operands must outlive
 * it, and none that is used be unknown.
 */
struct backend backend_of_operands(const struct operand *operands, size_t n);

#endif
