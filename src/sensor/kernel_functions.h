/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_KERNEL_FUNCTIONS_H
#define OCELLI_SENSOR_KERNEL_FUNCTIONS_H

#include "base/error.h"
#include "base/suggest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The functions of the running kernel and of its modules, by their types (BTF).
 * Some 6 MB, and 30 ms to make: for as long as policies are compiled.
 */
struct kernel_functions;

/* A parameter, or what is returned. */
struct kernel_param {
	bool is_pointer;
	unsigned words;   /* of 8 bytes that it takes in the context of a program */
	const char *type; /* the structure or union that it points to; NULL: it does not */
};

/* include/linux/bpf.h: MAX_BPF_FUNC_ARGS; of functions with more the kernel tells programs none. */
#define KERNEL_PARAMS_MAX 12

/* What it points to lives as long as the functions. */
struct kernel_function {
	const char *name;
	uint32_t btf_id;     /* of its type … */
	uint32_t btf_object; /* … in this object, a module's; 0: in the kernel's own */
	unsigned n_params;   /* more than KERNEL_PARAMS_MAX: they are not in ->params */
	struct kernel_param params[KERNEL_PARAMS_MAX];
	bool returns; /* something: it is not void */
	struct kernel_param returned;
};

int kernel_functions_new(struct kernel_functions **ret, struct error **reterr);
void kernel_functions_free(struct kernel_functions **functions);

/* Returns 0, or -ENOENT: some functions have no types, for example those in assembly. */
int kernel_functions_find(struct kernel_functions *functions, const char *name,
			  struct kernel_function *ret);

/* Whether there is one. Does not look into modules. */
bool kernel_functions_has(const struct kernel_functions *functions, const char *name);

/* Calls @each for all functions of the kernel itself whose names begin so, until it returns
 * non-zero, which is then returned. */
int kernel_functions_each(const struct kernel_functions *functions, const char *prefix,
			  int (*each)(const char *name, void *data), void *data);

struct btf;

/* The types of the kernel itself for 0, else of the module of that number, which know the kernel's,
 * too, with its name. NULL after the last. */
const struct btf *kernel_functions_types(struct kernel_functions *functions, size_t number,
					 const char **ret_module);

/* Offers what is behind @prefix in the names that begin so. */
void kernel_functions_suggest(const struct kernel_functions *functions, const char *prefix,
			      struct suggest *suggest);

#endif
