/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_MEMBER_PATH_H
#define OCELLI_BASE_MEMBER_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ways to members as people write them, "tbl[2].name[0]", whatever they are members of. */
struct member_path {
	const char *at, *end; /* what is still to be read */
	bool begun;
};

struct member {
	const char *text; /* "name" or "[2]" */
	size_t len;
	bool is_element;
	uint64_t index; /* of an element; of one with more than 32 bits, something beyond these */
};

/* Reads on. Returns 1; 0 at the end; -EINVAL at what cannot be read, which ->at then is. */
int member_path_next(struct member_path *path, struct member *ret);

#define MEMBER_PATH_FORM "paths are written as a.b[2].c"

#endif
