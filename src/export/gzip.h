/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_GZIP_H
#define OCELLI_EXPORT_GZIP_H

#include <stdatomic.h>

/* Reads @in to its end and writes it, as one gzip member, to @out. Returns 0, -ECANCELED soon after
 * *stop became true, or another negative errno. Needs some 300 KiB while it runs. */
int gzip_stream(int in, int out, const atomic_bool *stop);

#endif
