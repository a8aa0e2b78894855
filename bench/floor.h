/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BENCH_FLOOR_H
#define OCELLI_BENCH_FLOOR_H

#include "abi/record.h"

/* The arguments that the floor keeps; ocelli keeps 263 KiB. */
#define FLOOR_ARGV_MAX 4096

#define FLOOR_RING_BYTES (4 << 20)
/* Backlog at which the reader, who else looks every FLOOR_PERIOD_MS, is woken. */
#define FLOOR_WAKE_BYTES (1 << 20)
#define FLOOR_PERIOD_MS 50

/* The fields of an exec record that can follow it: filename, exe, cwd, interpreter, argv. */
#define FLOOR_DATA_MAX (4 * PATH_KEPT_MAX + FLOOR_ARGV_MAX)

#endif
