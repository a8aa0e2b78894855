// SPDX-License-Identifier: Apache-2.0
/*
 * reach WAY PORT: has a packet go to that port of this machine, by a way that a policy
 * on connect(2) might not see. Says what came of it: 0, or the negative error.
 */
#include "trigger.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

static uint16_t port;

static struct sockaddr_in at_loopback(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int outcome(long r)
{
	return r < 0 ? -errno : 0;
}

static int connect_by(int type, struct sockaddr_in to)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return outcome(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int by_tcp(void)
{
	return connect_by(SOCK_STREAM, at_loopback());
}

static int by_udp(void)
{
	return connect_by(SOCK_DGRAM, at_loopback());
}

/* No address at all is this machine. */
static int by_any_address(void)
{
	struct sockaddr_in to = at_loopback();

	to.sin_addr.s_addr = INADDR_ANY;
	return connect_by(SOCK_STREAM, to);
}

/* IPv4 by a socket of IPv6. */
static int by_mapped_address(void)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = port};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint32_t loopback = htonl(INADDR_LOOPBACK);

	if (fd < 0)
		die("socket");
	to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
	memcpy(to.sin6_addr.s6_addr + 12, &loopback, sizeof(loopback));
	return outcome(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int send_by(int type, struct sockaddr_in to, int flags)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return outcome(sendto(fd, "x", 1, flags, (struct sockaddr *)&to, sizeof(to)));
}

static int by_sendto(void)
{
	return send_by(SOCK_DGRAM, at_loopback(), 0);
}

/* For UDP that is IPv4, too (net/ipv4/udp.c: udp_sendmsg). */
static int by_no_family(void)
{
	struct sockaddr_in to = at_loopback();

	to.sin_family = AF_UNSPEC;
	return send_by(SOCK_DGRAM, to, 0);
}

/* A connection without connect(2). */
static int by_fast_open(void)
{
	return send_by(SOCK_STREAM, at_loopback(), MSG_FASTOPEN);
}

static int by_sendmmsg(void)
{
	struct sockaddr_in to = at_loopback();
	char byte = 'x';
	struct iovec bytes = {.iov_base = &byte, .iov_len = 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &to,
					      .msg_namelen = sizeof(to),
					      .msg_iov = &bytes,
					      .msg_iovlen = 1}};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return outcome(sendmmsg(fd, &message, 1, 0));
}

static void *in_thread(void *arg)
{
	return (void *)(intptr_t)by_tcp();
}

static int by_thread(void)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, in_thread, NULL) || pthread_join(thread, &result))
		die("thread");
	return (int)(intptr_t)result;
}

static const struct {
	const char *name;
	int (*reach)(void);
} ways[] = {
	{"tcp", by_tcp},
	{"udp", by_udp},
	{"any-address", by_any_address},
	{"mapped-address", by_mapped_address},
	{"sendto", by_sendto},
	{"no-family", by_no_family},
	{"fast-open", by_fast_open},
	{"sendmmsg", by_sendmmsg},
	{"thread", by_thread},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(ways); i++) {
		if (strcmp(ways[i].name, argv[1]) != 0)
			continue;
		port = htons((uint16_t)atoi(argv[2]));
		say("%d\n", ways[i].reach());
		return 0;
	}
	errno = EINVAL;
	die("reach WAY PORT");
}
