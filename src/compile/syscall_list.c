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

static uint64_t number_in(const struct syscall_info *call, enum syscall_abi abi)
{
	return (uint64_t)call->numbers[abi] | (abi == SYSCALL_ABI_DEFAULT ? 0 : COMPAT);
}

/* By the name of the call or of its function. Returns whether there is one. */
static bool number_of(const struct policy_text *text, uint64_t *ret)
{
	const char *slash = memchr(text->s, '/', text->len), *sys = strstr(text->s, "sys_");
	int abi = abi_of(text->s, slash ? (size_t)(slash - text->s) : 0);
	const char *name = sys ? sys + strlen("sys_") : text->s;
	const struct syscall_info *call;

	for (size_t i = 0; abi >= 0 && (call = syscall_at(i)); i++)
		if (syscall_is_named(call, (enum syscall_abi)abi, name)) {
			*ret = number_in(call, (enum syscall_abi)abi);
			return true;
		}
	return false;
}

static size_t all_numbers(struct range *ret)
{
	const struct syscall_info *call;
	size_t n = 0;

	for (size_t i = 0; (call = syscall_at(i)); i++)
		if (call->numbers[SYSCALL_ABI_DEFAULT] >= 0) {
			uint64_t number = number_in(call, SYSCALL_ABI_DEFAULT);

			ret[n++] = (struct range){number, number};
		}
	return n;
}

size_t syscall_list_count(const struct policy_list *list)
{
	size_t n = 0;

	if (list->type.v != LIST_GENERATED_SYSCALLS)
		return list->values.n;
	while (syscall_at(n))
		n++;
	return n;
}

size_t syscall_list_numbers(struct planner *p, const struct policy_list *list, struct range *ret)
{
	size_t n = 0;

	if (list->type.v == LIST_GENERATED_SYSCALLS)
		return all_numbers(ret);
	if (list->type.v != LIST_SYSCALLS)
		refuse(p, list->mark, "a list of numbers that is not of system calls");
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
