/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_TRACEFS_H
#define OCELLI_SENSOR_TRACEFS_H

#include <stdio.h>

/* Opens a file of tracefs, by its path below that, to be read; where tracefs is not mounted, in a
 * mount that nobody else sees. NULL with errno; the caller closes it. */
FILE *tracefs_open(const char *path);

#endif
