/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_ERROR_H
#define OCELLI_BASE_ERROR_H

#include "base/macro.h"

/*
 * An error meant for a person: what failed, where, why and what to do about
 * it. Functions that can fail for reasons a person can mend take a
 * `struct error **reterr` last, return a negative errno, and fill *reterr when
 * reterr is not NULL. The caller owns the error and frees it with error_free().
 */
struct error {
	int code;      /* negative errno */
	char *message; /* what failed and why, no trailing newline */
	char *remedy;  /* what to do about it, or NULL */
	char *file;    /* where in the user's input, or NULL */
	unsigned line; /* from 1; 0: the whole file */
	unsigned column;
};

/* What the kernel has no code for on this architecture. It is not meant for programs, who get it
 * all the same (include/linux/errno.h), and libc has no name for it. */
#define KERNEL_ENOTSUPP 524

/* Sets *reterr (unless reterr is NULL), replacing what it held. Returns @code. */
int error_set(struct error **reterr, int code, const char *fmt, ...) _printf_(3, 4);

/* Adds what to do about it. Does nothing without an error. */
void error_remedy(struct error **reterr, const char *fmt, ...) _printf_(2, 3);

/* Puts "text: " before the message; context is added on the way up. Returns the error's code, or
 * @code when there is no error object. */
int error_wrap(struct error **reterr, int code, const char *fmt, ...) _printf_(3, 4);

/* Says where in the user's input; @file is copied. */
void error_at(struct error **reterr, const char *file, unsigned line, unsigned column);

/* The whole error as one text, "file:line:col: message (remedy)". Returns a string that the caller
 * frees, NULL only when out of memory. */
char *error_text(const struct error *err);

/* NULL-safe; frees *err and sets it to NULL. */
void error_free(struct error **err);

#define _cleanup_error_ __attribute__((cleanup(error_free)))

#endif
