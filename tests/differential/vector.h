/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_VECTOR_H
#define OCELLI_TESTS_DIFFERENTIAL_VECTOR_H

#include "types.h"

/* Puts a vector and its parts before @end, behind which nothing can be read. Returns where it
 * begins; *n: how many parts it has. */
uint64_t vector_value(char *end, uint64_t *n, struct told *told);

#endif
