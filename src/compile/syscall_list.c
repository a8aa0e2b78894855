// SPDX-License-Identifier: Apache-2.0
#include "compile/syscall_list.h"
#include "base/syscall.h"

#include <string.h>

#define COMPAT (1ULL << 31)

/* What is before the slash of "i386/sys_open"; without one it is ours. */
static int abi_of(const char *name, size_t prefix)
{
	char abi[16] = "";

	if (!prefix)
		return SYSCALL_ABI_DEFAULT;
	if (prefix >= sizeof(abi))
		return -1;
	memcpy(abi, name, prefix);
	return syscall_abi_from_string(abi);
}

/* Returns whether there is such a call. */
static bool number_of(const struct policy_text *text, uint64_t *ret)
{
	const char *slash = memchr(text->s, '/', text->len), *sys = strstr(text->s, "sys_");
	int abi = abi_of(text->s, slash ? (size_t)(slash - text->s) : 0);
	const char *name = sys ? sys + strlen("sys_") : text->s;
	const struct syscall_info *call = syscall_by_name(name, strlen(name));

	if (abi < 0 || !call || call->numbers[abi] < 0)
		return false;
	*ret = (uint64_t)call->numbers[abi] | (abi == SYSCALL_ABI_DEFAULT ? 0 : COMPAT);
	return true;
}

size_t syscall_list_numbers(struct planner *p, const struct policy_list *list, struct range *ret)
{
	size_t n = 0;

	if (list->type.v != LIST_SYSCALLS)
		refuse(p, list->mark, "a generated list of numbers");
	for (size_t i = 0; i < list->values.n && list->type.v == LIST_SYSCALLS; i++) {
		const struct policy_text *text = &list->values.v[i];
		uint64_t number;

		if (number_of(text, &number)) {
			ret[n++] = (struct range){number, number};
		} else {
			diagnose_error(p->diags, text->mark, "there is no system call " QUOTED,
				       QUOTE(text->s, text->len));
			p->refused = true;
		}
	}
	return n;
}
