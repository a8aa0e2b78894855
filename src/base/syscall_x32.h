/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_SYSCALL_X32_H
#define OCELLI_BASE_SYSCALL_X32_H

#include "base/syscall.h"

/*
 * x32, the third ABI of x86-64: programs of 64-bit instructions whose addresses
 * have 32 bits (CONFIG_X86_X32_ABI). A call of theirs has this bit in its number,
 * and is otherwise that of 64-bit programs; but what is given structures with
 * addresses in them has a number of its own.
 */
#define SYSCALL_X32_BIT 0x40000000L

/* The number that a call of SYSCALL_ABI_X64 has there, with the bit. */
long syscall_x32_number(const struct syscall_info *call);

/* Of the kernel's function for it there, what is behind "__x64_": "compat_sys_execve"; NULL: it is
 * the one that 64-bit programs have. */
const char *syscall_x32_function(const struct syscall_info *call);

#endif
