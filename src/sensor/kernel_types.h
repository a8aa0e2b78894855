/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_KERNEL_TYPES_H
#define OCELLI_SENSOR_KERNEL_TYPES_H

#include <stdint.h>

struct btf;

/*
 * The types of the running kernel and of its modules, read when they are first
 * asked for: that takes 20 ms and 10 MiB, so they are not kept for long.
 */
struct kernel_types;

/* A type, valid as long as the kernel's. */
struct kernel_type {
	const struct btf *btf;
	uint32_t id;
};

int kernel_types_new(struct kernel_types **ret);
void kernel_types_free(struct kernel_types **types);

/*
 * The type of what a function is called with, or a tracepoint, at @place from 0:
 * of the kernel, else of the first module that has it. Returns 0; -ENOENT: there
 * is no such function; -ERANGE: it has fewer; or why the types cannot be read.
 */
int kernel_types_argument(struct kernel_types *types, const char *function, unsigned place,
			  struct kernel_type *ret);
int kernel_types_tracepoint(struct kernel_types *types, const char *tracepoint, unsigned place,
			    struct kernel_type *ret);

/* What the function returns. */
int kernel_types_returned(struct kernel_types *types, const char *function,
			  struct kernel_type *ret);

/*
 * A structure or union by its name: of the module, if @module is not "", else of
 * the kernel, else of where the function is (NULL: nowhere).
 */
int kernel_types_structure(struct kernel_types *types, const char *name, const char *module,
			   const char *function, struct kernel_type *ret);

#define _cleanup_kernel_types_ __attribute__((cleanup(kernel_types_free)))

#endif
