/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_SYSCALL_LIST_H
#define OCELLI_COMPILE_SYSCALL_LIST_H

#include "compile/planner.h"

/*
 * The numbers of a list's system calls, as hook_read_syscall() has them: those of
 * 32-bit programs have bit 31. What there is no number of is told, and refused.
 * @ret has room for ->values.n. Returns how many they are.
 */
size_t syscall_list_numbers(struct planner *p, const struct policy_list *list, struct range *ret);

#endif
