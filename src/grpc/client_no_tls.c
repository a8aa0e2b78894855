// SPDX-License-Identifier: Apache-2.0
/* For programs that call nobody but by unix sockets, and need not have OpenSSL loaded for that. */
#include "grpc/client_tls.h"

#include <errno.h>

int client_tls_open(const struct grpc_client_tls *config, const char *address, int fd,
		    uint64_t deadline, int stop_fd, struct client_tls **ret, struct error **reterr)
{
	error_set(reterr, -EOPNOTSUPP, "%s: this program connects by unix sockets only", address);
	return -EOPNOTSUPP;
}

void client_tls_free(struct client_tls **tls)
{
}

ssize_t client_tls_read(struct client_tls *tls, void *to, size_t len)
{
	return -EOPNOTSUPP;
}

ssize_t client_tls_write(struct client_tls *tls, const void *data, size_t len)
{
	return -EOPNOTSUPP;
}

bool client_tls_pending(const struct client_tls *tls)
{
	return false;
}
