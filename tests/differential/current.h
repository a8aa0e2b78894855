/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_CURRENT_H
#define OCELLI_TESTS_DIFFERENTIAL_CURRENT_H

#include "types.h"

/* What policies read of the task that makes the call, by paths through the kernel's types. */
#define DATA 5

/* Its type. */
const struct type *current_type(size_t i);

/* Appends the item of "data". */
void current_append_data(size_t i, struct str *out);

/* Makes it another, of this process. */
void current_change(size_t i, struct told *told);

#endif
