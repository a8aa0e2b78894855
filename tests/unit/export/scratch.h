/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_EXPORT_SCRATCH_H
#define OCELLI_TESTS_EXPORT_SCRATCH_H

#include "base/str.h"

#include <stdbool.h>

/* A directory of a test's own, and what tests ask of files. Failures fail the test. */

#define SCRATCH_MAX_ENTRIES 256

struct scratch {
	char dir[64];
	char path[128]; /* of the file under test, DIR/events.log */
};

struct scratch_listing {
	char names[SCRATCH_MAX_ENTRIES][80]; /* sorted */
	unsigned len;
};

/* For cmocka: *state becomes a struct scratch, and is removed with all that is in it. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* Mounts an empty tmpfs of @bytes at @dir, where only this process sees it. Returns false when that
 * is not allowed. */
bool scratch_mount(const char *dir, unsigned bytes);
void scratch_unmount(const char *dir);

/* Appends the whole file. */
void scratch_read(const char *path, struct str *ret);
/* The same, gunzipped if need be. */
void scratch_read_any(const char *path, struct str *ret);
void scratch_write(const char *path, const char *text);

/* Lists @dir but for "." and "..". */
void scratch_list(const char *dir, struct scratch_listing *ret);

/* Waits until @done(@dir, @arg), looking again whenever something changes in @dir. */
void scratch_wait(const char *dir, bool (*done)(const char *dir, void *arg), void *arg);

/* Files of this process grow no further; UINT64_MAX: as far as it may. */
void scratch_limit_file_size(uint64_t bytes);

bool scratch_exists(const char *path);
unsigned scratch_mode(const char *path);

#endif
