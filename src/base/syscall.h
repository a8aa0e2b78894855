/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_SYSCALL_H
#define OCELLI_BASE_SYSCALL_H

#include <stdbool.h>
#include <stddef.h>

enum syscall_abi {
	SYSCALL_ABI_X64,
	SYSCALL_ABI_I386,
	SYSCALL_ABI_ARM64,
	SYSCALL_ABI_ARM32,
	_SYSCALL_ABI_MAX,
};

/* What events are taken to mean that name no ABI: the one this program was built for. */
#ifdef __aarch64__
#define SYSCALL_ABI_DEFAULT SYSCALL_ABI_ARM64
#define SYSCALL_ABI_COMPAT SYSCALL_ABI_ARM32 /* of 32-bit programs on the same machine */
#else
#define SYSCALL_ABI_DEFAULT SYSCALL_ABI_X64
#define SYSCALL_ABI_COMPAT SYSCALL_ABI_I386
#endif

struct syscall_info {
	int numbers[_SYSCALL_ABI_MAX]; /* -1: not in that ABI */
	const char *name;
	const char *prototype; /* "unsigned int fd, const char *buf, size_t count", of the 64-bit
				* ABIs; NULL: not known */
};

/* Returns the ABI of that name (x64, i386, arm64, arm32), or -EINVAL. */
int syscall_abi_from_string(const char *name);

/* Returns the system call of that number, NULL when there is none. */
const struct syscall_info *syscall_by_number(enum syscall_abi abi, long number);

/* Returns the system call of that name, "openat", NULL when there is none. */
const struct syscall_info *syscall_by_name(const char *name, size_t len);

/* Returns the system call of the ABI that has that name, or whose function has it; NULL: none. */
const struct syscall_info *syscall_named(enum syscall_abi abi, const char *name);

/* All of them; NULL after the last. */
const struct syscall_info *syscall_at(size_t i);

/* Of the kernel's function for it, what is behind "sys_": that of "stat" is sys_newstat(). */
const char *syscall_function(const struct syscall_info *call, enum syscall_abi abi);

/* Which call of the 64-bit ABIs it is a form of, if it is of a 32-bit ABI: "stat64" of "stat", most
 * of what has their name. "": of none. */
const char *syscall_form(const struct syscall_info *call, enum syscall_abi abi);

/* Whether the ABI has it, and the name is its own or its function's. */
bool syscall_is_named(const struct syscall_info *call, enum syscall_abi abi, const char *name);

#endif
