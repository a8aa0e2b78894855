/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_SOCKETS_H
#define OCELLI_TESTS_DIFFERENTIAL_SOCKETS_H

#include "types.h"

/*
 * Sockets of all kinds, and what there is to tell of them, as they say themselves.
 */

/* In a network of its own: network.h. */
void sockets_setup(void);

/* Makes some of them others, of what they may be; @options: also by setsockopt(2). */
void sockets_change(bool options);

/* A socket of this process: as descriptor TASK_FD, the path leads from its task to it. */
#define TASK_FD 900
#define TASK_SOCKET "files.fdt.fd[900].private_data"
void socket_of_task(struct told *told);

/* Where the kernel has it. */
struct socket_place {
	uint64_t socket, sock; /* struct socket, struct sock */
};

/* Has @look find each of them, as that descriptor. */
int sockets_find(int (*look)(void *data, struct socket_place *ret), void *data);

/* One that the kernel has there, or that is no socket … */
extern const struct type sock_by_address, socket_by_address, sock_by_path;
/* … and one that the call is about, by its descriptor. */
extern const struct type sock_of_call, socket_of_call;

#endif
