/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_APPEND_FILE_H
#define OCELLI_EXPORT_APPEND_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A file that whole lines are appended to, as long as it is the one of that name. */
struct append_file {
	const char *path; /* borrowed */
	mode_t mode;
	int fd; /* -1: not open */
	uint64_t size;
	bool torn; /* ends in half a line that could not be taken back */
};

/*
 * Opens or creates the file by its name and gives it exactly ->mode. When that
 * fails, the file opened before, if any, stays open.
 *
 * Returns 0; -EINVAL for what is no regular file, or another negative errno.
 */
int append_file_open(struct append_file *file, struct error **reterr);

/* Appends whole lines. Returns how many bytes of whole lines went in; less than @len only with
 * *reterr set. Half a line that went in is taken back. */
size_t append_file_write(struct append_file *file, const char *data, size_t len,
			 struct error **reterr);

/* Returns whether the name no longer leads to the file that is open. Also takes note of the size,
 * which others may have changed. */
bool append_file_moved(struct append_file *file);

/* Returns whether what is written now would be lost because no name leads to the file. */
bool append_file_unlinked(const struct append_file *file);

void append_file_close(struct append_file *file);

#endif
