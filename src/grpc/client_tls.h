/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_CLIENT_TLS_H
#define OCELLI_GRPC_CLIENT_TLS_H

#include "base/error.h"
#include "grpc/client.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The client's side of TLS 1.3, on a socket that does not block. */
struct client_tls;

/*
 * Has both sides know each other, until @deadline of CLOCK_MONOTONIC or @stop_fd is readable.
 * @address is HOST:PORT, the name to expect unless the configuration has another. Returns 0, or a
 * negative errno with *reterr: -EKEYREJECTED when the server is not who it has to be.
 */
int client_tls_open(const struct grpc_client_tls *config, const char *address, int fd,
		    uint64_t deadline, int stop_fd, struct client_tls **ret, struct error **reterr);
void client_tls_free(struct client_tls **tls);

/* As recv(2) and send(2), but for what they return: a negative errno, -EAGAIN when the socket has
 * to be waited for. */
ssize_t client_tls_read(struct client_tls *tls, void *to, size_t len);
ssize_t client_tls_write(struct client_tls *tls, const void *data, size_t len);

/* Whether there is something to read that the socket has no more of. */
bool client_tls_pending(const struct client_tls *tls);

#endif
