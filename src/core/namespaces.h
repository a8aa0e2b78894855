/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_NAMESPACES_H
#define OCELLI_CORE_NAMESPACES_H

#include "abi/record.h"

#include <stdint.h>

/* Name of a namespace below /proc/PID/ns: "mnt". */
const char *namespace_name(enum exec_ns ns);

/* Which inodes those of a process have, _EXEC_NS_MAX of them; 0: not known. */
void namespaces_of(const char *proc, uint32_t pid, uint32_t *ret);

/*
 * Which inodes the host's namespaces have, _EXEC_NS_MAX of them: those of its
 * first process, or, where nobody may look at that one, of the kernel's thread
 * that starts all others. 0: not known.
 */
void namespaces_of_host(const char *proc, uint32_t *ret);

#endif
