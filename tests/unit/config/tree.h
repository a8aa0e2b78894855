/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_CONFIG_TREE_H
#define OCELLI_TESTS_CONFIG_TREE_H

#include "tmpdir.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of its own for a test, which works in it as ".". */

static inline void tree_enter(void)
{
	char path[PATH_MAX];

	assert_int_equal(tmpdir_make(path, sizeof(path)), 0);
	assert_int_equal(chdir(path), 0);
}

static inline void tree_leave(void)
{
	char path[PATH_MAX];

	assert_non_null(getcwd(path, sizeof(path)));
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(tmpdir_remove(path), 0);
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
