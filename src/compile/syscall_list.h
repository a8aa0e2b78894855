/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_SYSCALL_LIST_H
#define OCELLI_COMPILE_SYSCALL_LIST_H

#include "compile/planner.h"

/* How many numbers it has at most. */
size_t syscall_list_count(const struct policy_list *list);

/*
 * The numbers of a list's system calls, as hook_read_syscall() has them: those of
 * 32-bit programs have bit 31. What there is no number of is told, and refused.
 * @ret has room for syscall_list_count(). Returns how many they are.
 */
size_t syscall_list_numbers(struct planner *p, const struct policy_list *list, struct range *ret);

#endif
