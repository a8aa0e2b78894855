/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_KERNEL_SYMBOLS_H
#define OCELLI_SENSOR_KERNEL_SYMBOLS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The names of all symbols of the kernel and its modules, some 10 MB. */
struct kernel_symbols {
	struct arena names;
	const char **v; /* in order */
	size_t n, cap;
};

/* Reads /proc/kallsyms, or what is like it: 100 ms. Returns 0 or negative errno. */
int kernel_symbols_read(struct kernel_symbols *ret, FILE *file);

bool kernel_symbols_has(const struct kernel_symbols *symbols, const char *name);

void kernel_symbols_done(struct kernel_symbols *symbols);

#endif
