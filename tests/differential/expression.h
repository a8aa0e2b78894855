/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_EXPRESSION_H
#define OCELLI_TESTS_DIFFERENTIAL_EXPRESSION_H

#include "types.h"

/* Appends a random expression about the first @n arguments, of these types, which may be true or
 * not. */
void append_expression(const struct type *const *args, size_t n, struct str *out);

#endif
