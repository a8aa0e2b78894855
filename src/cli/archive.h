/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_ARCHIVE_H
#define OCELLI_CLI_ARCHIVE_H

#include "base/error.h"

#include <stddef.h>

/* A tar archive (ustar) in gzip, for its owner alone, written file by file. */
struct archive;

/* The file must not be there. Returns 0, or a negative errno with *reterr. */
int archive_create(const char *path, struct archive **ret, struct error **reterr);

/* @name has up to 99 bytes. What fails shows at archive_close(). */
void archive_add(struct archive *archive, const char *name, const void *data, size_t len);

/* Ends it and frees it. Returns 0; or a negative errno with *reterr, and the file is removed. */
int archive_close(struct archive **archive, struct error **reterr);

#endif
