/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_OUTPUT_H
#define OCELLI_CLI_OUTPUT_H

#include "base/str.h"

/* When to write out what has come together. */
#define OUTPUT_BLOCK (64 * 1024)

/* Writes all of @buf to the descriptor and empties it. Returns 0, or a negative errno: -EPIPE when
 * the reader has gone away, -ENOMEM when the buffer had failed. */
int output_flush(struct str *buf, int fd);

#endif
