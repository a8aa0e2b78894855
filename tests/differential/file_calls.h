/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_FILE_CALLS_H
#define OCELLI_TESTS_DIFFERENTIAL_FILE_CALLS_H

#include "types.h"

/*
 * What is done with files: opening one, executing one, making a directory. The
 * value of the first argument chooses which, of all that a call has, and the
 * others are of that.
 */
const struct type *pick_of_open(size_t i);
void call_open(const uint64_t *args);

const struct type *pick_of_exec(size_t i);
void call_exec(const uint64_t *args);

const struct type *pick_of_mkdir(size_t i);
void call_mkdir(const uint64_t *args);

#endif
