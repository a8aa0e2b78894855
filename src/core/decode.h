/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_DECODE_H
#define OCELLI_CORE_DECODE_H

#include "abi/record.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The bytes of a record are the kernel side's, but user space does not take
 * its word for their bounds.
 */

/* Whether @len bytes at @data are one whole, consistent record. */
bool record_valid(const void *data, size_t len);

struct exec_fields {
	struct {
		const char *data;
		size_t len;
	} v[_EXEC_FIELD_MAX];
};

/* Where the fields of a valid exec or task record are. */
void exec_fields(const struct record_exec *exec, struct exec_fields *ret);

#endif
