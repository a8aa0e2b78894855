// SPDX-License-Identifier: Apache-2.0
#include "core/hook_value.h"
#include "abi/value.h"

#include <string.h>

#define WORD(name) {(name), 8, 8}
#define FIXED(name, type) {(name), sizeof(type), sizeof(type)}
#define BEGINS(name, type, more) {(name), sizeof(type), sizeof(type) + (more)}

/* With its parts. */
#define BYTES_MAX (HOOK_STRING_MAX + HOOK_PART_BYTES * HOOK_PARTS_MAX)

/* include/uapi/linux/un.h: UNIX_PATH_MAX */
#define UNIX_PATH 108

static const struct {
	const char *member;
	size_t min, max; /* bytes in a record */
} values[_HOOK_VALUE_MAX] = {
	[HOOK_VALUE_INT] = WORD("int_arg"),
	[HOOK_VALUE_UINT] = WORD("uint_arg"),
	[HOOK_VALUE_LONG] = WORD("long_arg"),
	[HOOK_VALUE_SIZE] = WORD("size_arg"),
	[HOOK_VALUE_BPF_CMD] = WORD("bpf_cmd_arg"),
	[HOOK_VALUE_CAPABILITY] = WORD("capability_arg"),
	[HOOK_VALUE_SYSCALL] = WORD("syscall_id"),
	[HOOK_VALUE_KERNEL_CAP] = WORD("kernel_cap_t_arg"),
	[HOOK_VALUE_CAP_INHERITABLE] = WORD("cap_inheritable_arg"),
	[HOOK_VALUE_CAP_PERMITTED] = WORD("cap_permitted_arg"),
	[HOOK_VALUE_CAP_EFFECTIVE] = WORD("cap_effective_arg"),
	[HOOK_VALUE_STRING] = {"string_arg", 0, HOOK_STRING_MAX},
	[HOOK_VALUE_BYTES] = BEGINS("bytes_arg", struct value_bytes, BYTES_MAX),
	[HOOK_VALUE_FILE] = BEGINS("file_arg", struct value_file, HOOK_STRING_MAX),
	[HOOK_VALUE_PATH] = BEGINS("path_arg", struct value_file, HOOK_STRING_MAX),
	[HOOK_VALUE_BINPRM] = BEGINS("linux_binprm_arg", struct value_file, HOOK_STRING_MAX),
	[HOOK_VALUE_SOCKADDR] = FIXED("sockaddr_arg", struct value_address),
	[HOOK_VALUE_SOCKADDR_UN] = BEGINS("sockaddrun_arg", struct value_unix, UNIX_PATH),
	[HOOK_VALUE_SOCK] = FIXED("sock_arg", struct value_sock),
	[HOOK_VALUE_SKB] = FIXED("skb_arg", struct value_skb),
	[HOOK_VALUE_CRED] = FIXED("process_credentials_arg", struct value_cred),
	[HOOK_VALUE_USER_NS] = FIXED("user_ns_arg", struct value_user_ns),
	[HOOK_VALUE_MODULE] = FIXED("module_arg", struct value_module),
	[HOOK_VALUE_BPF_ATTR] = FIXED("bpf_attr_arg", struct value_bpf_prog),
	[HOOK_VALUE_BPF_PROG] = FIXED("bpf_prog_arg", struct value_bpf_prog),
	[HOOK_VALUE_BPF_MAP] = FIXED("bpf_map_arg", struct value_bpf_map),
	[HOOK_VALUE_PERF_EVENT] = FIXED("perf_event_arg", struct value_perf_event),
};

enum hook_value hook_value_of(const char *member)
{
	enum hook_value value = 0;

	while (value < _HOOK_VALUE_MAX && strcmp(values[value].member, member) != 0)
		value++;
	return value;
}

bool hook_value_fits(enum hook_value value, size_t size)
{
	return values[value].min <= size && size <= values[value].max;
}
