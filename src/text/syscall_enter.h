/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TEXT_SYSCALL_ENTER_H
#define OCELLI_TEXT_SYSCALL_ENTER_H

#include "text/line.h"

/* Appends a raw_syscalls/sys_enter event as the call it is, "write(unsigned int fd=1, …)": the
 * number is its first argument, the values are the others. */
void syscall_enter_write(struct line *line, const Tetragon__ProcessTracepoint *tp);

#endif
