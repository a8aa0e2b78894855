/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_CALL_NAME_H
#define OCELLI_POLICY_CALL_NAME_H

#include "base/syscall.h"

/*
 * How policies name system calls, and which calls they mean by that: "sys_openat" is
 * that of all programs, "__x64_sys_openat" and "i386/sys_openat" those of one of the
 * tables that a 64-bit kernel has.
 */
struct call_name {
	const char *stem;    /* what is behind the prefix, in the text */
	bool native, compat; /* which tables it is about */
	bool known;          /* some call of some table has the name, or its function has */
};

struct call_name call_name_read(const char *text);

/* Whether the name means the call of that table. Those of 32-bit programs it means if they are a
 * form of what it means of the others, or if there it means none. */
bool call_name_is_of(const struct call_name *name, const struct syscall_info *call,
		     enum syscall_abi abi);

#endif
