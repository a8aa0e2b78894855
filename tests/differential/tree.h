/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_TREE_H
#define OCELLI_TESTS_DIFFERENTIAL_TREE_H

#include "types.h"

#include <sys/stat.h>

/*
 * Files of all kinds, most in a file system of this process, and the ways that
 * lead to each: by its name, by links, from a directory, by another mount, by
 * nothing but a descriptor.
 */

/* From now on this process has mounts for itself, and these files below @folder. */
void tree_setup(const char *folder);

struct tree_file {
	const char *path;   /* from the root directory on; of what is in none, its name */
	const char *inside; /* from the root of its file system on, if that is ours; else NULL */
	const char *name;   /* of its directory entry */
	struct stat st;
	int open_errno; /* that opening it ends with */
};

struct tree_way {
	const struct tree_file *file;
	int at; /* a directory's descriptor, or AT_FDCWD … */
	const char *name;
};

enum tree_kind {
	TREE_ANY,
	TREE_PROGRAM,   /* it may be executed, and no kernel knows how */
	TREE_DIRECTORY, /* of our file system: there others can be made */
	_TREE_KIND_MAX,
};

const struct tree_way *tree_pick(enum tree_kind kind);

/* That the kernel adds to those of open(2). */
int tree_open_flags(void);

/* A path as it is told, with the mode of the file. */
void tree_tell(struct told *told, const char *path, mode_t mode);

/* Of paths. */
void tree_append_match(const struct type *type, struct str *out);
/* Of paths, or of what kind the file is. */
void tree_append_file_match(const struct type *type, struct str *out);

#endif
