/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_TMPDIR_H
#define OCELLI_TESTS_UNIT_TMPDIR_H

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A directory of a test's own. */

/* Makes it, in $TMPDIR or, if @path has no room for that, in /tmp. Returns 0 or negative errno. */
static inline int tmpdir_make(char *path, size_t size)
{
	static const char name[] = "/ocelli-test-XXXXXX";
	const char *tmp = getenv("TMPDIR");

	if (!tmp || strlen(tmp) + sizeof(name) > size)
		tmp = "/tmp";
	snprintf(path, size, "%s%s", tmp, name);
	return mkdtemp(path) ? 0 : -errno;
}

static inline int tmpdir_remove_one(const char *path, const struct stat *st, int type,
				    struct FTW *ftw)
{
	return remove(path);
}

/* Removes it, with all that is in it. Returns 0 when that worked. */
static inline int tmpdir_remove(const char *path)
{
	return nftw(path, tmpdir_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
