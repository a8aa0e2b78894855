// SPDX-License-Identifier: Apache-2.0
#include "grpc/dial.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define UNIX "unix://"

int grpc_wait(int fd, short events, int stop_fd, uint64_t deadline)
{
	struct pollfd fds[] = {{.fd = stop_fd, .events = POLLIN}, {.fd = fd, .events = events}};

	for (;;) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC), ms = 0;
		int n;

		if (deadline > now)
			ms = (deadline - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
		n = poll(fds, 2, ms > INT_MAX ? -1 : (int)ms);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[0].revents)
			return -ECANCELED;
		if (n > 0)
			return fds[1].revents;
		if (n == 0 && ms <= INT_MAX)
			return -ETIMEDOUT;
	}
}

static int dial(const struct sockaddr *address, socklen_t len, uint64_t deadline, int stop_fd,
		int *ret_fd)
{
	_cleanup_close_ int fd =
		socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(int);
	int error = 0, r;

	if (fd < 0)
		return -errno;
	/* A unix socket whose queue is full says EAGAIN, and poll(2) nothing of when it is not. */
	if (connect(fd, address, len) < 0) {
		if (errno != EINPROGRESS)
			return -errno;
		r = grpc_wait(fd, POLLOUT, stop_fd, deadline);
		if (r < 0)
			return r;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
			return -errno;
		if (error)
			return -error;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int explain(const char *address, int r, struct error **reterr)
{
	return error_set(reterr, r, "cannot connect to %s: %s", address,
			 r == -EAGAIN ? "too many wait there already" : strerror(-r));
}

static int dial_unix(const char *address, uint64_t deadline, int stop_fd, int *ret_fd,
		     struct error **reterr)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = address + strlen(UNIX);
	size_t len = strlen(path);
	int r;

	if (!len || len >= sizeof(to.sun_path)) {
		error_set(reterr, -EINVAL, "the path of a socket has 1 to %zu bytes, not %zu: %s",
			  sizeof(to.sun_path) - 1, len, address);
		return -EINVAL;
	}
	memcpy(to.sun_path, path, len + 1);
	r = dial((struct sockaddr *)&to, sizeof(to), deadline, stop_fd, ret_fd);
	return r < 0 ? explain(address, r, reterr) : 0;
}

/* "HOST:PORT"; the host may be in brackets, or nothing for this machine. */
static int resolve(const char *address, struct addrinfo **ret, struct error **reterr)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(address, ':'), *host = address;
	size_t len = colon ? (size_t)(colon - address) : 0;
	_cleanup_free_ char *name = NULL;
	int r;

	if (!colon || !colon[1] || strchr(colon, '/')) {
		error_set(reterr, -EINVAL, "\"%s\" is no address of a server", address);
		error_remedy(reterr, "an address is HOST:PORT or unix://PATH");
		return -EINVAL;
	}
	if (len > 1 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	name = strndup(host, len);
	if (!name)
		return error_set(reterr, -ENOMEM, "out of memory");
	r = getaddrinfo(len ? name : NULL, colon + 1, &hints, ret);
	if (r == 0)
		return 0;
	error_set(reterr, -EHOSTUNREACH, "cannot connect to %s: %s", address, gai_strerror(r));
	return -EHOSTUNREACH;
}

static int dial_tcp(const char *address, uint64_t deadline, int stop_fd, int *ret_fd,
		    struct error **reterr)
{
	struct addrinfo *found = NULL;
	int one = 1, r = resolve(address, &found, reterr);

	if (r < 0)
		return r;
	r = -EHOSTUNREACH;
	for (struct addrinfo *a = found; a; a = a->ai_next) {
		r = dial(a->ai_addr, a->ai_addrlen, deadline, stop_fd, ret_fd);
		if (r >= 0 || r == -ECANCELED || r == -ETIMEDOUT)
			break;
	}
	freeaddrinfo(found);
	if (r < 0)
		return explain(address, r, reterr);
	setsockopt(*ret_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return 0;
}

int grpc_dial(const char *address, uint64_t deadline, int stop_fd, int *ret_fd,
	      struct error **reterr)
{
	if (!strncmp(address, UNIX, strlen(UNIX)))
		return dial_unix(address, deadline, stop_fd, ret_fd, reterr);
	return dial_tcp(address, deadline, stop_fd, ret_fd, reterr);
}
