/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_DISTANCE_H
#define OCELLI_BASE_DISTANCE_H

#include <stddef.h>

/* Longest name that distance_of_names() compares. */
#define DISTANCE_NAME_MAX 63

/*
 * How far a mistyped name is from a real one: the letters left out, put in, mistaken or swapped
 * with their neighbour (optimal string alignment). Letter case and '_' for '-' count as no mistake.
 * SIZE_MAX when one is longer than DISTANCE_NAME_MAX.
 */
size_t distance_of_names(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
