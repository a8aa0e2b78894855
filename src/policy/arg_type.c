// SPDX-License-Identifier: Apache-2.0
#include "policy/arg_type.h"

#include "base/macro.h"

#define INTEGER(text, number, width, sign, told) \
	{.name = (text),                         \
	 .id = (number),                         \
	 .groups = ARG_GROUP_INT,                \
	 .hooks = HOOKS_ALL,                     \
	 .bits = (width),                        \
	 .is_signed = (sign),                    \
	 .member = (told)}
#define STRING(text, number, more, where, told) \
	{.name = (text),                        \
	 .id = (number),                        \
	 .groups = ARG_GROUP_STRING | (more),   \
	 .hooks = (where),                      \
	 .member = (told)}
#define STRING_OBJECT(text, number, more, told) \
	{.name = (text),                        \
	 .id = (number),                        \
	 .groups = ARG_GROUP_STRING | (more),   \
	 .hooks = HOOKS_ALL,                    \
	 .is_object = true,                     \
	 .member = (told)}
#define CAPABILITIES(text, number, told)   \
	{.name = (text),                   \
	 .id = (number),                   \
	 .groups = ARG_GROUP_CAPABILITIES, \
	 .hooks = HOOKS_ALL,               \
	 .bits = 64,                       \
	 .member = (told)}
#define SOCKET(text, number, told)   \
	{.name = (text),             \
	 .id = (number),             \
	 .groups = ARG_GROUP_SOCKET, \
	 .hooks = HOOKS_ALL,         \
	 .is_object = true,          \
	 .member = (told)}
#define OPAQUE(text, number, where, told) \
	{.name = (text), .id = (number), .hooks = (where), .member = (told)}
#define OBJECT(text, number, told) \
	{.name = (text), .id = (number), .hooks = HOOKS_ALL, .is_object = true, .member = (told)}

#define NOT_TRACEPOINTS (HOOKS_ALL & ~HOOK_BIT(HOOK_TRACEPOINT))
#define NOT_FUNCTIONS (HOOKS_ALL & ~HOOK_BIT(HOOK_KPROBE) & ~HOOK_BIT(HOOK_FENTRY))

static const struct arg_type rows[] = {
	/* Elsewhere only with "resolve", which the rules look at. */
	{.name = "auto", .id = ARG_TYPE_AUTO, .groups = ARG_GROUP_UNKNOWN, .hooks = HOOKS_ALL},
	INTEGER("int", ARG_TYPE_INT, 32, true, "int_arg"),
	INTEGER("sint8", ARG_TYPE_S8, 8, true, "int_arg"),
	INTEGER("int8", ARG_TYPE_S8, 8, true, "int_arg"),
	INTEGER("uint8", ARG_TYPE_U8, 8, false, "uint_arg"),
	INTEGER("sint16", ARG_TYPE_S16, 16, true, "int_arg"),
	INTEGER("int16", ARG_TYPE_S16, 16, true, "int_arg"),
	INTEGER("uint16", ARG_TYPE_U16, 16, false, "uint_arg"),
	INTEGER("uint32", ARG_TYPE_U32, 32, false, "uint_arg"),
	INTEGER("sint32", ARG_TYPE_S32, 32, true, "int_arg"),
	INTEGER("int32", ARG_TYPE_S32, 32, true, "int_arg"),
	INTEGER("ulong", ARG_TYPE_U64, 64, false, "size_arg"),
	INTEGER("uint64", ARG_TYPE_U64, 64, false, "size_arg"),
	INTEGER("size_t", ARG_TYPE_SIZE, 64, false, "size_arg"),
	INTEGER("long", ARG_TYPE_S64, 64, true, "long_arg"),
	INTEGER("sint64", ARG_TYPE_S64, 64, true, "long_arg"),
	INTEGER("int64", ARG_TYPE_S64, 64, true, "long_arg"),
	STRING("char_buf", ARG_TYPE_CHAR_BUF, 0, HOOKS_ALL, "bytes_arg"),
	OPAQUE("char_iovec", ARG_TYPE_CHAR_IOVEC, HOOKS_ALL, "bytes_arg"),
	SOCKET("skb", ARG_TYPE_SKB, "skb_arg"),
	SOCKET("sock", ARG_TYPE_SOCK, "sock_arg"),
	{.name = "sockaddr",
	 .id = ARG_TYPE_SOCKADDR,
	 .groups = ARG_GROUP_SOCKADDR,
	 .hooks = HOOKS_ALL,
	 .member = "sockaddr_arg"},
	SOCKET("socket", ARG_TYPE_SOCKET, "sock_arg"),
	STRING("sockaddr_un", ARG_TYPE_SOCKADDR_UN, ARG_GROUP_SOCKADDR_UN, HOOKS_ALL,
	       "sockaddrun_arg"),
	STRING("string", ARG_TYPE_STRING, 0, HOOKS_ALL, "string_arg"),
	STRING("fd", ARG_TYPE_FD, 0, HOOKS_ALL, "file_arg"),
	STRING_OBJECT("file", ARG_TYPE_FILE, ARG_GROUP_FILE, "file_arg"),
	STRING_OBJECT("filename", ARG_TYPE_FILENAME, 0, "string_arg"),
	STRING_OBJECT("path", ARG_TYPE_PATH, ARG_GROUP_FILE, "path_arg"),
	OPAQUE("nop", ARG_TYPE_NOP, HOOKS_ALL, NULL),
	OPAQUE("bpf_attr", ARG_TYPE_BPF_ATTR, HOOKS_ALL, "bpf_attr_arg"),
	OBJECT("perf_event", ARG_TYPE_PERF_EVENT, "perf_event_arg"),
	OBJECT("bpf_map", ARG_TYPE_BPF_MAP, "bpf_map_arg"),
	OBJECT("user_namespace", ARG_TYPE_USER_NAMESPACE, "user_ns_arg"),
	OPAQUE("capability", ARG_TYPE_CAPABILITY, HOOKS_ALL, "capability_arg"),
	OBJECT("kiocb", ARG_TYPE_KIOCB, "file_arg"),
	OBJECT("iov_iter", ARG_TYPE_IOV_ITER, "bytes_arg"),
	OBJECT("cred", ARG_TYPE_CRED, "process_credentials_arg"),
	OPAQUE("const_buf", ARG_TYPE_CONST_BUF, NOT_TRACEPOINTS, "bytes_arg"),
	OBJECT("load_info", ARG_TYPE_LOAD_INFO, "module_arg"),
	OBJECT("module", ARG_TYPE_MODULE, "module_arg"),
	{.name = "syscall64",
	 .id = ARG_TYPE_SYSCALL64,
	 .groups = ARG_GROUP_SYSCALL,
	 .hooks = NOT_FUNCTIONS,
	 .bits = 64,
	 .member = "syscall_id"},
	CAPABILITIES("kernel_cap_t", ARG_TYPE_KERNEL_CAP, "kernel_cap_t_arg"),
	CAPABILITIES("cap_inheritable", ARG_TYPE_CAP_INHERITABLE, "cap_inheritable_arg"),
	CAPABILITIES("cap_permitted", ARG_TYPE_CAP_PERMITTED, "cap_permitted_arg"),
	CAPABILITIES("cap_effective", ARG_TYPE_CAP_EFFECTIVE, "cap_effective_arg"),
	STRING_OBJECT("linux_binprm", ARG_TYPE_LINUX_BINPRM, 0, "linux_binprm_arg"),
	STRING("data_loc", ARG_TYPE_DATA_LOC, 0, HOOK_BIT(HOOK_TRACEPOINT), "string_arg"),
	STRING_OBJECT("net_device", ARG_TYPE_NET_DEVICE, 0, "string_arg"),
	INTEGER("bpf_cmd", ARG_TYPE_INT, 32, true, "bpf_cmd_arg"),
	STRING_OBJECT("dentry", ARG_TYPE_DENTRY, 0, "path_arg"),
	OBJECT("bpf_prog", ARG_TYPE_BPF_PROG, "bpf_prog_arg"),
};

const struct arg_type *arg_type_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

static const char *name(size_t i)
{
	return i < ARRAY_SIZE(rows) ? rows[i].name : NULL;
}

const struct vocabulary arg_types = {.what = "a type of argument", .name = name};
