// SPDX-License-Identifier: Apache-2.0
#include "base/syscall.h"
#include "base/macro.h"

#include <errno.h>
#include <string.h>

static const char *const abi_names[_SYSCALL_ABI_MAX] = {
	[SYSCALL_ABI_X64] = "x64",
	[SYSCALL_ABI_I386] = "i386",
	[SYSCALL_ABI_ARM64] = "arm64",
	[SYSCALL_ABI_ARM32] = "arm32",
};

static const struct syscall_info syscalls[] = {
#define SYSCALL(x64, i386, arm64, arm32, name, prototype) \
	{{x64, i386, arm64, arm32}, name, prototype},
#include "base/syscall_table.inc"
#undef SYSCALL
};

int syscall_abi_from_string(const char *name)
{
	for (int i = 0; i < _SYSCALL_ABI_MAX; i++)
		if (!strcmp(name, abi_names[i]))
			return i;
	return -EINVAL;
}

const struct syscall_info *syscall_by_number(enum syscall_abi abi, long number)
{
	if (number < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(syscalls); i++)
		if (syscalls[i].numbers[abi] == number)
			return &syscalls[i];
	return NULL;
}

const struct syscall_info *syscall_by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(syscalls); i++)
		if (!strncmp(syscalls[i].name, name, len) && !syscalls[i].name[len])
			return &syscalls[i];
	return NULL;
}
