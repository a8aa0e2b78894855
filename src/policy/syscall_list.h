/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_SYSCALL_LIST_H
#define OCELLI_POLICY_SYSCALL_LIST_H

#include "policy/builder.h"
#include "policy/model.h"

/* Finds the numbers of a list of system calls, once for all that refer to it; of another list there
 * are none. */
void syscall_list_read(struct builder *builder, struct policy_list *list);

#endif
