// SPDX-License-Identifier: Apache-2.0
#include "policy/syscall_list.h"
#include "base/syscall.h"

#include <string.h>

#define COMPAT (INT64_C(1) << 31)

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

/* By the name of the call or of its function; -1: there is none. */
static int64_t number_of(const struct policy_text *text)
{
	const char *slash = memchr(text->s, '/', text->len), *sys = strstr(text->s, "sys_");
	int abi = abi_of(text->s, slash ? (size_t)(slash - text->s) : 0);
	const char *name = sys ? sys + strlen("sys_") : text->s;
	const struct syscall_info *call =
		abi < 0 ? NULL : syscall_named((enum syscall_abi)abi, name);

	if (!call)
		return -1;
	return call->numbers[abi] | (abi == SYSCALL_ABI_DEFAULT ? 0 : COMPAT);
}

static void read_all(struct builder *builder, struct policy_list *list)
{
	const struct syscall_info *call;
	size_t n = 0;
	int64_t *v;

	while (syscall_at(n))
		n++;
	v = builder_alloc(builder, list->mark, n, sizeof(*v));
	for (size_t i = 0; v && (call = syscall_at(i)); i++)
		if (call->numbers[SYSCALL_ABI_DEFAULT] >= 0)
			v[list->n_numbers++] = call->numbers[SYSCALL_ABI_DEFAULT];
	list->numbers = v;
}

void syscall_list_read(struct builder *builder, struct policy_list *list)
{
	int64_t *v;

	if (list->type.v == LIST_GENERATED_SYSCALLS)
		read_all(builder, list);
	if (list->type.v != LIST_SYSCALLS)
		return;
	v = builder_alloc(builder, list->mark, list->values.n, sizeof(*v));
	for (size_t i = 0; v && i < list->values.n; i++)
		v[list->n_numbers++] =
			POLICY_SET(list->values.v[i]) ? number_of(&list->values.v[i]) : -1;
	list->numbers = v;
}
