/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EMIT_OPERAND_H
#define OCELLI_COMPILE_EMIT_OPERAND_H

#include "compile/backend.h"
#include "compile/operand.h"

/*
 * What a program finds at one place of a static probe. Its places are those of
 * @operands, with what they are worth: of those in memory that cannot be read 0;
 * and @n further on, of those in memory, where they are. The operands must outlive
 * it, and none that is used be unknown.
 */
struct backend backend_of_operands(const struct operand *operands, size_t n);

#endif
