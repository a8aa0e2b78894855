/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_ARG_TYPE_H
#define OCELLI_POLICY_ARG_TYPE_H

#include "policy/model.h"
#include "policy/vocabulary.h"

#define HOOK_BIT(kind) (1U << (kind))
#define HOOKS_ALL (HOOK_BIT(HOOK_KINDS) - 1)

/* What operators are made for; a type can be several things. */
enum arg_group {
	ARG_GROUP_INT = 1 << 0,
	ARG_GROUP_STRING = 1 << 1, /* and paths */
	ARG_GROUP_FILE = 1 << 2,   /* has a type of file */
	ARG_GROUP_CAPABILITIES = 1 << 3,
	ARG_GROUP_SYSCALL = 1 << 4,
	ARG_GROUP_SOCKET = 1 << 5,
	ARG_GROUP_SOCKADDR = 1 << 6,    /* has one address, the source */
	ARG_GROUP_SOCKADDR_UN = 1 << 7, /* has a family */
	ARG_GROUP_UNKNOWN = 1 << 8,     /* found out when the hook is: all operators */
};

enum arg_type_id {
	ARG_TYPE_AUTO = -2, /* what the hook's description says */
	ARG_TYPE_NOP = -1,
	ARG_TYPE_INT = 1,
	ARG_TYPE_CHAR_BUF = 2,
	ARG_TYPE_CHAR_IOVEC = 3,
	ARG_TYPE_SIZE = 4,
	ARG_TYPE_SKB = 5,
	ARG_TYPE_STRING = 6,
	ARG_TYPE_SOCK = 7,
	ARG_TYPE_CRED = 8,
	ARG_TYPE_S64 = 10,
	ARG_TYPE_U64 = 11,
	ARG_TYPE_S32 = 12,
	ARG_TYPE_U32 = 13,
	ARG_TYPE_FILENAME = 14,
	ARG_TYPE_PATH = 15,
	ARG_TYPE_FILE = 16,
	ARG_TYPE_FD = 17,
	ARG_TYPE_CONST_BUF = 18,
	ARG_TYPE_BPF_ATTR = 19,
	ARG_TYPE_PERF_EVENT = 20,
	ARG_TYPE_BPF_MAP = 21,
	ARG_TYPE_USER_NAMESPACE = 22,
	ARG_TYPE_CAPABILITY = 23,
	ARG_TYPE_KIOCB = 24,
	ARG_TYPE_IOV_ITER = 25,
	ARG_TYPE_LOAD_INFO = 26,
	ARG_TYPE_MODULE = 27,
	ARG_TYPE_SYSCALL64 = 28,
	ARG_TYPE_S16 = 29,
	ARG_TYPE_U16 = 30,
	ARG_TYPE_S8 = 31,
	ARG_TYPE_U8 = 32,
	ARG_TYPE_KERNEL_CAP = 33,
	ARG_TYPE_CAP_INHERITABLE = 34,
	ARG_TYPE_CAP_PERMITTED = 35,
	ARG_TYPE_CAP_EFFECTIVE = 36,
	ARG_TYPE_LINUX_BINPRM = 37,
	ARG_TYPE_DATA_LOC = 38,
	ARG_TYPE_NET_DEVICE = 39,
	ARG_TYPE_SOCKADDR = 40,
	ARG_TYPE_SOCKET = 41,
	ARG_TYPE_DENTRY = 42,
	ARG_TYPE_BPF_PROG = 43,
	ARG_TYPE_SOCKADDR_UN = 44,
};

struct arg_type {
	const char *name;
	enum arg_type_id id; /* one for all names of a type */
	unsigned groups;     /* of enum arg_group; 0: nothing can be asked of it */
	unsigned hooks;      /* of HOOK_BIT(): where it can be */
	unsigned bits;       /* of numbers */
	bool is_signed;
	bool is_object;     /* of the kernel, which processes have no pointers to */
	const char *member; /* of KprobeArgument, or of the event: what it is told as; or NULL */
};

/* Whether what the argument of a hook of this kind is read from is a process's: its registers, and
 * its memory. */
static inline bool arg_is_of_process(enum hook_kind kind, const struct policy_arg *arg)
{
	return (kind == HOOK_UPROBE || kind == HOOK_USDT) && arg->source != ARG_SOURCE_CURRENT_TASK;
}

/* NULL after the last. The index is what a policy_choice holds. */
const struct arg_type *arg_type_at(size_t i);

/* Whether it is found out what the argument is when its path is looked up, or the fields of the
 * tracepoint are. */
static inline bool arg_is_up_to_kernel(const struct policy_arg *arg, const struct arg_type *type)
{
	return type->id == ARG_TYPE_AUTO ||
	       (arg->source != ARG_SOURCE_PT_REGS && arg->resolve.len && !arg->path);
}

extern const struct vocabulary arg_types;

#endif
