// SPDX-License-Identifier: Apache-2.0
#include "policy/call_name.h"
#include "base/macro.h"

#include <string.h>

static const struct {
	const char *prefix;
	bool native, compat;
} spellings[] = {
	{"sys_", true, true},
#ifdef __aarch64__
	{"__arm64_sys_", true, false},
	{"__arm64_compat_sys_", false, true},
	{"arm64/sys_", true, false},
	{"arm32/sys_", false, true},
#else
	{"__x64_sys_", true, false},
	{"__ia32_compat_sys_", false, true},
	{"__ia32_sys_", false, true},
	{"x64/sys_", true, false},
	{"i386/sys_", false, true},
#endif
	{"", true, true},
};

struct call_name call_name_read(const char *text)
{
	struct call_name name;
	size_t i = 0;

	while (strncmp(text, spellings[i].prefix, strlen(spellings[i].prefix)) != 0)
		i++;
	name.stem = text + strlen(spellings[i].prefix);
	name.native = spellings[i].native;
	name.compat = spellings[i].compat;
	name.known = syscall_named(SYSCALL_ABI_DEFAULT, name.stem) ||
		     syscall_named(SYSCALL_ABI_COMPAT, name.stem);
	return name;
}

/* What a call of 32-bit programs is a form of has the name. */
static bool is_form(const struct call_name *name, const struct syscall_info *call)
{
	const char *form = syscall_form(call, SYSCALL_ABI_COMPAT);
	const struct syscall_info *of = *form ? syscall_by_name(form, strlen(form)) : NULL;

	return of && syscall_is_named(of, SYSCALL_ABI_DEFAULT, name->stem);
}

bool call_name_is_of(const struct call_name *name, const struct syscall_info *call,
		     enum syscall_abi abi)
{
	if (call->numbers[abi] < 0)
		return false;
	if (abi == SYSCALL_ABI_DEFAULT)
		return name->native && syscall_is_named(call, abi, name->stem);
	if (!name->compat)
		return false;
	return name->native && syscall_named(SYSCALL_ABI_DEFAULT, name->stem)
		       ? is_form(name, call)
		       : syscall_is_named(call, abi, name->stem);
}
