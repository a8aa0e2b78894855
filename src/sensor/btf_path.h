/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_BTF_PATH_H
#define OCELLI_SENSOR_BTF_PATH_H

#include "base/arena.h"
#include "base/error.h"
#include "code/access_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

/*
 * Paths through types, "mm.owner.comm" or "tbl[2].name[0]", as people write them:
 * pointers are followed on the way, as many in a row as there are, and members
 * of structures without a name are members of what these are in.
 */

/* What is at the end of a path. */
enum btf_value {
	BTF_VALUE_NUMBER,
	BTF_VALUE_TEXT,    /* the address of characters */
	BTF_VALUE_ARRAY,   /* the address of something else, several of it */
	BTF_VALUE_OBJECT,  /* the address of a structure */
	BTF_VALUE_ADDRESS, /* of anything else */
};

#define BTF_NAMES_MAX 8

struct btf_end {
	enum btf_value value;
	/* Of the structure or of the number: what it is called, by the typedefs from the outermost
	 * and then itself. They are the BTF's. */
	const char *names[BTF_NAMES_MAX];
	size_t n_names;
	unsigned bits; /* of a number */
	bool is_signed;
	size_t size;  /* of an array, in bytes; of characters too, where that is known; else 0 */
	bool is_read; /* the address is in a pointer; else it is part of what was come by */
	/* The way to it, "pointer to struct node ► leaf: struct leaf ► name: array of char"; in the
	 * arena. */
	const char *types;
};

/*
 * Finds the path from a value of the type @root: a pointer, or a structure that
 * the value is the address of. Its steps are in @arena. Returns 0; -ENOENT, with
 * where the path stopped, why and what may have been meant; -ENOMEM.
 */
int btf_path_find(const struct btf *btf, uint32_t root, const char *path, size_t len,
		  struct arena *arena, struct access_path *ret, struct btf_end *ret_end,
		  struct error **reterr);

/* Writes what a type is, "struct file", "pointer to struct file", for messages. */
void btf_type_text(const struct btf *btf, uint32_t type, char *buf, size_t size);

#endif
