/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_HOOK_VALUE_H
#define OCELLI_CORE_HOOK_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a captured value is, and so what it is told as: one for each member of the
 * schema's KprobeArgument. How they are laid out is in abi/value.h.
 */
enum hook_value {
	/* These four are eight bytes in the record. */
	HOOK_VALUE_INT,  /* int_arg */
	HOOK_VALUE_UINT, /* uint_arg */
	HOOK_VALUE_LONG, /* long_arg */
	HOOK_VALUE_SIZE, /* size_arg */
	/* So are these, but all of it counts. */
	HOOK_VALUE_BPF_CMD,
	HOOK_VALUE_CAPABILITY,
	HOOK_VALUE_SYSCALL,
	HOOK_VALUE_KERNEL_CAP,
	HOOK_VALUE_CAP_INHERITABLE,
	HOOK_VALUE_CAP_PERMITTED,
	HOOK_VALUE_CAP_EFFECTIVE,
	HOOK_VALUE_STRING, /* string_arg; up to HOOK_STRING_MAX bytes with the NUL */
	HOOK_VALUE_BYTES,  /* bytes_arg, truncated_bytes_arg */
	HOOK_VALUE_FILE,
	HOOK_VALUE_PATH,
	HOOK_VALUE_BINPRM,
	HOOK_VALUE_SOCKADDR,
	HOOK_VALUE_SOCKADDR_UN,
	HOOK_VALUE_SOCK,
	HOOK_VALUE_SKB,
	HOOK_VALUE_CRED,
	HOOK_VALUE_USER_NS,
	HOOK_VALUE_MODULE,
	HOOK_VALUE_BPF_ATTR,
	HOOK_VALUE_BPF_PROG,
	HOOK_VALUE_BPF_MAP,
	HOOK_VALUE_PERF_EVENT,
	_HOOK_VALUE_MAX,
};

/* That of a member of KprobeArgument, "file_arg"; _HOOK_VALUE_MAX: none. */
enum hook_value hook_value_of(const char *member);

/* Whether one can be of so many bytes. */
bool hook_value_fits(enum hook_value value, size_t size);

#endif
