/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_RANDOM_H
#define OCELLI_TESTS_DIFFERENTIAL_RANDOM_H

#include <stdint.h>

/* The same after each random_start(), so that what fails fails again. */
void random_start(uint64_t seed);

/* Below @n. */
uint32_t pick(uint32_t n);

#define PICK(array) ((array)[pick(sizeof(array) / sizeof(*(array)))])

#endif
