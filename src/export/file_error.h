/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_FILE_ERROR_H
#define OCELLI_EXPORT_FILE_ERROR_H

#include "base/error.h"

/* "cannot DO PATH: why", with what to do about it where that is known. Returns @code (a negative
 * errno). */
int file_error(struct error **reterr, int code, const char *doing, const char *path);

#endif
