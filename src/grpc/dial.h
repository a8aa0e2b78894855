/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_DIAL_H
#define OCELLI_GRPC_DIAL_H

#include "base/error.h"

#include <stdint.h>

/*
 * Connects to "unix://PATH" or "HOST:PORT", trying all addresses of the host,
 * until @deadline of CLOCK_MONOTONIC or @stop_fd (-1: none) is readable.
 * Returns 0 with a socket that does not block, or a negative errno with *reterr:
 * -EINVAL for what is no address.
 */
int grpc_dial(const char *address, uint64_t deadline, int stop_fd, int *ret_fd,
	      struct error **reterr);

/* Waits for @events on @fd, which are poll(2)'s, until @deadline. Returns those that came;
 * -ETIMEDOUT, -ECANCELED when @stop_fd is readable. */
int grpc_wait(int fd, short events, int stop_fd, uint64_t deadline);

#endif
