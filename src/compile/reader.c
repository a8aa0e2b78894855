// SPDX-License-Identifier: Apache-2.0
#include "compile/reader.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "policy/operator.h"

#include <stddef.h>

#define NUMBER(type, member)                         \
	{.offset = offsetof(type, member),           \
	 .bits = 8 * sizeof(((type *)NULL)->member), \
	 .exists = true}
#define BYTES_BEHIND(type) {.offset = sizeof(type), .exists = true}

static const struct layout string_layout = {
	.fields[PART_BYTES] = {.exists = true},
};
static const struct layout bytes_layout = {
	.fields[PART_BYTES] = BYTES_BEHIND(struct value_bytes),
};
static const struct layout word_layout = {
	.fields[PART_NUMBER] = {.bits = 64, .exists = true},
};
static const struct layout file_layout = {
	.fields =
		{
			[PART_BYTES] = BYTES_BEHIND(struct value_file),
			[PART_MODE] = NUMBER(struct value_file, mode),
		},
};
static const struct layout address_layout = {
	.fields =
		{
			[PART_FAMILY] = NUMBER(struct value_address, family),
			[PART_SPORT] = NUMBER(struct value_address, port),
			[PART_SADDR] = NUMBER(struct value_address, address),
		},
};
static const struct layout unix_layout = {
	.fields =
		{
			[PART_BYTES] = BYTES_BEHIND(struct value_unix),
			[PART_FAMILY] = NUMBER(struct value_unix, family),
		},
};
static const struct layout sock_layout = {
	.fields =
		{
			[PART_FAMILY] = NUMBER(struct value_sock, family),
			[PART_PROTOCOL] = NUMBER(struct value_sock, protocol),
			[PART_STATE] = NUMBER(struct value_sock, state),
			[PART_SPORT] = NUMBER(struct value_sock, sport),
			[PART_DPORT] = NUMBER(struct value_sock, dport),
			[PART_SADDR] = NUMBER(struct value_sock, saddr),
			[PART_DADDR] = NUMBER(struct value_sock, daddr),
		},
};
static const struct layout skb_layout = {
	.fields =
		{
			[PART_FAMILY] = NUMBER(struct value_skb, family),
			[PART_PROTOCOL] = NUMBER(struct value_skb, protocol),
			[PART_STATE] = NUMBER(struct value_skb, state),
			[PART_SPORT] = NUMBER(struct value_skb, sport),
			[PART_DPORT] = NUMBER(struct value_skb, dport),
			[PART_SADDR] = NUMBER(struct value_skb, saddr),
			[PART_DADDR] = NUMBER(struct value_skb, daddr),
		},
};
/* That no operator looks into. */
static const struct layout whole_layout = {0};

static const struct reader readers[] = {
	{ARG_TYPE_STRING, "hook_read_text", HOOK_TEXT_STRING, SIZE_NONE, &string_layout},
	{ARG_TYPE_FILENAME, "hook_read_text", HOOK_TEXT_FILENAME, SIZE_NONE, &string_layout},
	{ARG_TYPE_NET_DEVICE, "hook_read_text", HOOK_TEXT_NET_DEVICE, SIZE_NONE, &string_layout},
	{ARG_TYPE_DATA_LOC, "hook_read_text", HOOK_TEXT_STRING, SIZE_NONE, &string_layout},
	{ARG_TYPE_CHAR_BUF, "hook_read_bytes", HOOK_BYTES_BUFFER, SIZE_ARGUMENT, &bytes_layout},
	{ARG_TYPE_CONST_BUF, "hook_read_bytes", HOOK_BYTES_BUFFER, SIZE_LITERAL, &bytes_layout},
	{ARG_TYPE_CHAR_IOVEC, "hook_read_bytes", HOOK_BYTES_IOVEC, SIZE_ARGUMENT, &bytes_layout},
	{ARG_TYPE_IOV_ITER, "hook_read_bytes", HOOK_BYTES_ITER, SIZE_NONE, &bytes_layout},
	{ARG_TYPE_KERNEL_CAP, "hook_read_word", 0, SIZE_NONE, &word_layout},
	{ARG_TYPE_CAP_INHERITABLE, "hook_read_word", 0, SIZE_NONE, &word_layout},
	{ARG_TYPE_CAP_PERMITTED, "hook_read_word", 0, SIZE_NONE, &word_layout},
	{ARG_TYPE_CAP_EFFECTIVE, "hook_read_word", 0, SIZE_NONE, &word_layout},
	{ARG_TYPE_SYSCALL64, "hook_read_syscall", 0, SIZE_NONE, &word_layout},
	{ARG_TYPE_FD, "hook_read_file", HOOK_FILE_FD, SIZE_NONE, &file_layout},
	{ARG_TYPE_FILE, "hook_read_file", HOOK_FILE_FILE, SIZE_NONE, &file_layout},
	{ARG_TYPE_KIOCB, "hook_read_file", HOOK_FILE_KIOCB, SIZE_NONE, &file_layout},
	{ARG_TYPE_LINUX_BINPRM, "hook_read_file", HOOK_FILE_BINPRM, SIZE_NONE, &file_layout},
	{ARG_TYPE_PATH, "hook_read_file", HOOK_FILE_PATH, SIZE_NONE, &file_layout},
	{ARG_TYPE_DENTRY, "hook_read_file", HOOK_FILE_DENTRY, SIZE_NONE, &file_layout},
	{ARG_TYPE_SOCKADDR, "hook_read_address", 0, SIZE_NONE, &address_layout},
	{ARG_TYPE_SOCKADDR_UN, "hook_read_unix", 0, SIZE_NONE, &unix_layout},
	{ARG_TYPE_SOCK, "hook_read_socket", HOOK_SOCK, SIZE_NONE, &sock_layout},
	{ARG_TYPE_SOCKET, "hook_read_socket", HOOK_SOCKET, SIZE_NONE, &sock_layout},
	{ARG_TYPE_SKB, "hook_read_skb", 0, SIZE_NONE, &skb_layout},
	{ARG_TYPE_CRED, "hook_read_cred", 0, SIZE_NONE, &whole_layout},
	{ARG_TYPE_USER_NAMESPACE, "hook_read_user_ns", 0, SIZE_NONE, &whole_layout},
	{ARG_TYPE_MODULE, "hook_read_module", HOOK_MODULE, SIZE_NONE, &whole_layout},
	{ARG_TYPE_LOAD_INFO, "hook_read_module", HOOK_LOAD_INFO, SIZE_NONE, &whole_layout},
	{ARG_TYPE_BPF_ATTR, "hook_read_bpf_attr", 0, SIZE_NONE, &whole_layout},
	{ARG_TYPE_BPF_PROG, "hook_read_bpf_prog", 0, SIZE_NONE, &whole_layout},
	{ARG_TYPE_BPF_MAP, "hook_read_bpf_map", 0, SIZE_NONE, &whole_layout},
	{ARG_TYPE_PERF_EVENT, "hook_read_perf_event", 0, SIZE_NONE, &whole_layout},
};

const struct reader *reader_of(enum arg_type_id type)
{
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (readers[i].type == type)
			return &readers[i];
	return NULL;
}

enum reader_part operator_part(const struct operator* op, const struct arg_type *type)
{
	switch (op->kind) {
	case OPERATOR_SPORT:
	case OPERATOR_NOT_SPORT:
	case OPERATOR_SPORT_PRIV:
	case OPERATOR_NOT_SPORT_PRIV:
		return PART_SPORT;
	case OPERATOR_DPORT:
	case OPERATOR_NOT_DPORT:
	case OPERATOR_DPORT_PRIV:
	case OPERATOR_NOT_DPORT_PRIV:
		return PART_DPORT;
	case OPERATOR_SADDR:
	case OPERATOR_NOT_SADDR:
		return PART_SADDR;
	case OPERATOR_DADDR:
	case OPERATOR_NOT_DADDR:
		return PART_DADDR;
	case OPERATOR_PROTOCOL:
		return PART_PROTOCOL;
	case OPERATOR_FAMILY:
		return PART_FAMILY;
	case OPERATOR_STATE:
		return PART_STATE;
	case OPERATOR_FILE_TYPE:
	case OPERATOR_NOT_FILE_TYPE:
		return PART_MODE;
	default:
		return type->groups & ARG_GROUP_STRING ? PART_BYTES : PART_NUMBER;
	}
}
