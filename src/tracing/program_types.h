/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_PROGRAM_TYPES_H
#define OCELLI_TRACING_PROGRAM_TYPES_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct btf;

/* Types of programs, as the files say that a policy names them in: each is read once. */
struct program_types {
	struct types_of_file *v;
	size_t n;
	uint64_t size; /* of all, in bytes */
};

/* All of a policy's together may be so large. */
#define PROGRAM_TYPES_MAX (32U << 20)

/* Those in the file, which is BTF or an ELF file that has some; they are valid until
 * program_types_done(). Returns 0, or negative errno. */
int program_types_read(struct program_types *types, const char *path, const struct btf **ret,
		       struct error **reterr);

void program_types_done(struct program_types *types);

#endif
