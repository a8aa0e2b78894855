/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_KERNEL_TYPES_H
#define OCELLI_SENSOR_KERNEL_TYPES_H

#include "sensor/kernel_functions.h"

#include <stdint.h>

/* Types of the running kernel and of its modules by what has them; in the order of these, the
 * kernel first. */
struct kernel_type {
	const struct btf *btf; /* valid as long as the functions */
	uint32_t id;
};

/*
 * The type of what a function is called with, or a raw tracepoint, at @place from 0.
 * Return 0; -ENOENT: nothing is known of it; -ERANGE: it has fewer.
 */
int kernel_types_argument(struct kernel_functions *functions, const char *function, unsigned place,
			  struct kernel_type *ret);
int kernel_types_tracepoint(struct kernel_functions *functions, const char *tracepoint,
			    unsigned place, struct kernel_type *ret);

/* What the function returns. */
int kernel_types_returned(struct kernel_functions *functions, const char *function,
			  struct kernel_type *ret);

/*
 * A structure or union by its name: of the module, if @module is not "", else of
 * the kernel, else of where the function is (NULL: nowhere).
 */
int kernel_types_structure(struct kernel_functions *functions, const char *name, const char *module,
			   const char *function, struct kernel_type *ret);

#endif
