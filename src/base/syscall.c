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

#define X64 (1U << SYSCALL_ABI_X64)
#define I386 (1U << SYSCALL_ABI_I386)
#define ARM64 (1U << SYSCALL_ABI_ARM64)
#define ARM32 (1U << SYSCALL_ABI_ARM32)
#define ALL ((1U << _SYSCALL_ABI_MAX) - 1)

static const struct alias {
	unsigned abis;
	const char *name, *function, *form;
} aliases[] = {
#define ALIAS(abis, name, function, form) {abis, name, function, form},
#include "base/syscall_alias.inc"
#undef ALIAS
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

const struct syscall_info *syscall_named(enum syscall_abi abi, const char *name)
{
	const struct syscall_info *call = syscall_by_name(name, strlen(name));

	for (size_t i = 0; i < ARRAY_SIZE(aliases) && !(call && call->numbers[abi] >= 0); i++) {
		const struct alias *alias = &aliases[i];

		call = alias->abis & 1U << abi && alias->function && !strcmp(alias->function, name)
			       ? syscall_by_name(alias->name, strlen(alias->name))
			       : NULL;
	}
	return call && call->numbers[abi] >= 0 ? call : NULL;
}

const struct syscall_info *syscall_at(size_t i)
{
	return i < ARRAY_SIZE(syscalls) ? &syscalls[i] : NULL;
}

/* NULL: nothing is special about it. */
static const struct alias *alias_of(const struct syscall_info *call, enum syscall_abi abi)
{
	size_t low = 0, high = ARRAY_SIZE(aliases);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(aliases[middle].name, call->name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < ARRAY_SIZE(aliases) && !strcmp(aliases[low].name, call->name); low++)
		if (aliases[low].abis & 1U << abi)
			return &aliases[low];
	return NULL;
}

const char *syscall_function(const struct syscall_info *call, enum syscall_abi abi)
{
	const struct alias *alias = alias_of(call, abi);

	return alias && alias->function ? alias->function : call->name;
}

const char *syscall_form(const struct syscall_info *call, enum syscall_abi abi)
{
	const struct alias *alias = alias_of(call, abi);

	return alias && alias->form ? alias->form : call->name;
}

bool syscall_is_named(const struct syscall_info *call, enum syscall_abi abi, const char *name)
{
	return call->numbers[abi] >= 0 &&
	       (!strcmp(call->name, name) || !strcmp(syscall_function(call, abi), name));
}
