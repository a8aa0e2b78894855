/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_CALLS_H
#define OCELLI_TRACING_CALLS_H

#include "tracing/compiler.h"

/*
 * A system call that a policy names, in one of the kernel's tables of calls: that
 * of its own programs, that of 32-bit programs, or that of x32.
 */
struct call_site {
	const char *told;     /* as events name it: "__x64_sys_openat" */
	const char *function; /* as types name the function; NULL: the kernel has none */
	long number;          /* -1: not known */
	bool compat;          /* of 32-bit programs */
	bool x32;             /* of programs of x86-64's third ABI: base/syscall_x32.h */
	bool shared;          /* of the latter two, and of 64-bit programs, too */
};

typedef int call_site_fn(const struct call_site *site, void *data);

/*
 * Calls @each for what a policy means by that name, until one returns non-zero,
 * which is then returned. "sys_openat" is the call of all programs,
 * "__x64_sys_openat" and "i386/sys_openat" are those of some; a name is that of
 * the call or of its function. Returns -ENOENT when nothing is of that name, and
 * -ENOMEM.
 */
int call_sites_find(const struct compiler *c, const char *name, call_site_fn *each, void *data);

/* Likewise for all system calls. */
int call_sites_each(const struct compiler *c, call_site_fn *each, void *data);

/* Adds what was probably meant, to what was found of such a name. */
void call_sites_suggest(const struct compiler *c, const char *name, struct finding *finding);

#endif
