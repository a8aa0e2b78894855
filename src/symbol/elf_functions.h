/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_ELF_FUNCTIONS_H
#define OCELLI_SYMBOL_ELF_FUNCTIONS_H

#include "base/error.h"
#include "base/suggest.h"
#include "symbol/elf_image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The functions of an ELF file by their names, for many look-ups. All its names are read once and
 * kept: of a library with 106,000 functions (a Rust compiler) in 0.15 s and 25 MB, and then a name
 * takes a microsecond. One of C++ or Rust that the file has in mangled form takes some 10 ms of
 * such a library; many together are found in the time that it takes to read all, 2 s.
 */
struct elf_functions;

struct elf_function {
	const char *name; /* as the file has it, without its version */
	uint64_t offset;  /* in the file: where a probe goes */
	uint64_t size;    /* 0: not known */
	bool is_resolver; /* it is called once, to choose the function (STT_GNU_IFUNC) */
};

/* Names and tables of so many bytes in all are read, … */
#define ELF_NAMES_MAX (256U << 20)
/* … so many functions, … */
#define ELF_FUNCTIONS_MAX (4U << 20)
/* … and so many places have a name together. */
#define ELF_PLACES_MAX 65536U

/*
 * Returns 0; -ENODATA when the file names no function, which is told with what its names
 * could not be read for; -EFBIG above a limit; or what reading fails with. The file is not read
 * any more after that.
 */
int elf_functions_read(const struct elf_image *image, struct elf_functions **ret,
		       struct error **reterr);
void elf_functions_free(struct elf_functions **functions);

/*
 * All places of that name, each once, by offset; they are valid as long as @functions.
 * "f" is the default version of f, or all versions that there are when none is; "f@V" is that
 * version, "f@@V" only if it is the default one. What is in the file under no such name may be what
 * "ns::f(int)" is there, or "ns::f" with any parameters (symbol/readable_name.h).
 * Returns how many, 0: none; -E2BIG above ELF_PLACES_MAX; -ELIBACC when there are names
 * of C++ to compare with and nothing to read them by (symbol/cxx_name.h); or -ENOMEM.
 */
ssize_t elf_functions_find(struct elf_functions *functions, const char *name, size_t len,
			   const struct elf_function **ret);

/* Says why, after elf_functions_find() has found nothing, and what may have been meant. @found:
 * what it returned. Returns -ENOENT, or @found when it is an error. */
int elf_functions_not_found(struct elf_functions *functions, const char *name, size_t len,
			    ssize_t found, struct error **reterr);

/* Calls @each with all that the file has, those several times that it names several times; a name
 * is there until @each returns or asks for something. Returns 0, or what @each returns below 0,
 * which ends it. */
int elf_functions_list(struct elf_functions *functions,
		       int (*each)(const struct elf_function *function, void *data), void *data);

/* Offers what may have been meant instead; the names are valid as long as @functions. */
void elf_functions_suggest(struct elf_functions *functions, struct suggest *suggest);

#endif
