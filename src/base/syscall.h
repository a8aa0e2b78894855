/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_SYSCALL_H
#define OCELLI_BASE_SYSCALL_H

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
#else
#define SYSCALL_ABI_DEFAULT SYSCALL_ABI_X64
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

#endif
