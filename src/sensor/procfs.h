/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_PROCFS_H
#define OCELLI_SENSOR_PROCFS_H

#include "abi/record.h"
#include "base/str.h"

#include <stdint.h>

/*
 * What procfs has to say where BPF cannot tell: kernels that cannot read the
 * memory of another task from BPF (before 5.18), and processes that the kernel
 * keeps back from BPF iterators but that others name as their parent.
 */

/* Appends the arguments (EXEC_ARGV) or the environment (EXEC_ENV), each string NUL-terminated, up
 * to the limit that exec records have. Returns 0 or negative errno. */
int procfs_read_strings(const char *proc, uint32_t pid, enum exec_field field, struct str *out);

/* Appends a RECORD_TASK of the process. Its identity cannot be told exactly from procfs, so the
 * caller says what it is. Returns 0; -ESRCH when there is no such process (any more). */
int procfs_report(const char *proc, const struct process_key *key, struct str *out);

#endif
