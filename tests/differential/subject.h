/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_SUBJECT_H
#define OCELLI_TESTS_DIFFERENTIAL_SUBJECT_H

#include "base/str.h"
#include "compile/process.h"

/* Who makes the calls; @pid as the kernel knows it. */
void subject_of_this_process(struct caller *ret, char *const *argv, uint32_t pid, uint32_t nspid);

/* Appends a filter of processes, which may be true of the subject or not. */
void append_process(struct str *out, const struct caller *subject);

#endif
