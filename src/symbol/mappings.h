/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_MAPPINGS_H
#define OCELLI_SYMBOL_MAPPINGS_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a process may execute: the mappings in /proc/PID/maps that say so. */
struct mapping {
	uint64_t start, end;
	uint64_t offset; /* in the file */
	uint64_t inode;
	uint32_t device; /* major << 20 | minor, as the kernel has it */
	uint32_t path;   /* in ->paths, with its NUL; "" of memory of no file */
};

struct mappings {
	struct mapping *v; /* in the order of addresses */
	size_t n, cap;
	struct str paths;
};

/* Those beyond so much of the file are not looked at. */
#define MAPPINGS_BYTES_MAX (1U << 20)

/* Reads them, in place of what there was. Returns how many bytes that was, or negative errno. */
ssize_t mappings_read(struct mappings *mappings, const char *proc, uint32_t pid);
void mappings_done(struct mappings *mappings);

/* NULL: there is none. */
const struct mapping *mappings_find(const struct mappings *mappings, uint64_t address);

static inline const char *mapping_path(const struct mappings *mappings, const struct mapping *m)
{
	return mappings->paths.data + m->path;
}

#endif
