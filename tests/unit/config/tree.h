/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_CONFIG_TREE_H
#define OCELLI_TESTS_CONFIG_TREE_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of its own for a test, which works in it as ".". */

static inline void tree_enter(char *path)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, PATH_MAX, "%s/ocelli-test-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
}

static inline int tree_remove_one(const char *path, const struct stat *st, int type,
				  struct FTW *ftw)
{
	return remove(path);
}

static inline void tree_leave(const char *path)
{
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(nftw(path, tree_remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Writes a file, with the directories on the way to it. */
static inline void tree_write(const char *path, const char *data, size_t len)
{
	char dir[PATH_MAX];
	FILE *f;

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(dir, 0755);
		*slash = '/';
	}
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void tree_write_text(const char *path, const char *text)
{
	tree_write(path, text, strlen(text));
}

#endif
