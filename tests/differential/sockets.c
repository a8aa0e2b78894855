// SPDX-License-Identifier: Apache-2.0
#include "sockets.h"
#include "address.h"
#include "base/macro.h"
#include "random.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* --- those that there are */

#define SOCKETS_MAX 128

static struct kept {
	int fd;
	struct socket_place place;
} kept[SOCKETS_MAX];
static size_t n_kept;

static void check(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static int keep(int fd)
{
	check(fd >= 0 && n_kept < SOCKETS_MAX, "socket");
	kept[n_kept++].fd = fd;
	return fd;
}

/* To a port that is one. */
static socklen_t random_end(int family, struct sockaddr_storage *to)
{
	socklen_t size;

	do
		size = random_address(family, to);
	while (!value_of_address(to).port);
	return size;
}

static int bound(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);
	struct sockaddr_storage to;
	socklen_t size;

	check(fd >= 0, "socket");
	do
		size = random_end(family, &to);
	while (bind(fd, (void *)&to, size) < 0);
	return fd;
}

static int listening_at(int family, const char *address, uint16_t port)
{
	struct sockaddr_storage to = {.ss_family = (sa_family_t)family};
	struct sockaddr_in *in = (void *)&to;
	struct sockaddr_in6 *in6 = (void *)&to;
	bool v6 = family == AF_INET6;
	int fd = socket(family, SOCK_STREAM, 0);

	*(v6 ? &in6->sin6_port : &in->sin_port) = htons(port);
	inet_pton(family, address, v6 ? (void *)&in6->sin6_addr : &in->sin_addr);
	check(fd >= 0 && bind(fd, (void *)&to, v6 ? sizeof(*in6) : sizeof(*in)) == 0 &&
		      listen(fd, 8) == 0,
	      "listen");
	return fd;
}

/* What it is bound to, or that of its peer; 0: there is none. */
static struct value_address end_of(int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof(at);

	if (get(fd, (void *)&at, &size) < 0)
		return (struct value_address){0};
	return value_of_address(&at);
}

/* Both ends of a connection. */
static void keep_connection(int listener, int fd, const struct sockaddr *to, socklen_t size,
			    bool half_closed)
{
	check(connect(keep(fd), to, size) == 0, "connect");
	keep(accept(listener, NULL, NULL));
	if (half_closed)
		check(shutdown(fd, SHUT_WR) == 0, "shutdown");
}

static void keep_ip(int family)
{
	static const int protocols[] = {IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_RAW, IPPROTO_TCP};
	int listener = keep(listening_at(family, family == AF_INET ? "10.1.2.3" : "fd00::1", 80));
	struct sockaddr_storage to;
	socklen_t size = sizeof(to);

	check(getsockname(listener, (void *)&to, &size) == 0, "getsockname");
	for (size_t i = 0; i < 8; i++)
		keep(bound(family, SOCK_DGRAM, 0));
	for (size_t i = 0; i < 3; i++)
		keep(bound(family, SOCK_STREAM, 0));
	for (size_t i = 0; i < 3; i++)
		keep_connection(listener, socket(family, SOCK_STREAM, 0), (void *)&to, size,
				i == 0);
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		keep(socket(family, SOCK_RAW, protocols[i]));
	keep(socket(family, SOCK_STREAM, 0));
}

/* A listener of IPv6 that IPv4 connects to. */
static void keep_mapped(void)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
				       .sin_port = htons(1024),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	keep_connection(keep(listening_at(AF_INET6, "::", 1024)), socket(AF_INET, SOCK_STREAM, 0),
			(const void *)&to, sizeof(to), false);
}

static void keep_others(void)
{
	int ends[2], listener = keep(socket(AF_UNIX, SOCK_STREAM, 0));
	const struct sockaddr_un unnamed = {.sun_family = AF_UNIX};

	check(bind(listener, (const void *)&unnamed, sizeof(sa_family_t)) == 0 &&
		      listen(listener, 8) == 0,
	      "bind");
	keep(socket(AF_UNIX, SOCK_DGRAM, 0));
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	keep(ends[0]);
	keep(ends[1]);
	keep(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	keep(socket(AF_PACKET, SOCK_DGRAM, 0));
}

/* --- what there is to tell */

static uint32_t option(int fd, int level, int name)
{
	uint32_t v = 0;
	socklen_t size = sizeof(v);

	check(getsockopt(fd, level, name, &v, &size) == 0, "getsockopt");
	return v;
}

static uint16_t state_of(int fd, const struct value_sock *v)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);
	struct sockaddr_storage peer;

	if (v->protocol == IPPROTO_TCP && v->type == SOCK_STREAM) {
		check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "TCP_INFO");
		return info.tcpi_state;
	}
	if (v->type == SOCK_STREAM && option(fd, SOL_SOCKET, SO_ACCEPTCONN))
		return TCP_LISTEN;
	/* Others are only ever connected or not; those of netlink have a state of their own. */
	size = sizeof(peer);
	if (v->family == AF_NETLINK || getpeername(fd, (void *)&peer, &size) < 0)
		return TCP_CLOSE;
	return TCP_ESTABLISHED;
}

static void tell_socket(const struct kept *of, struct told *told)
{
	int fd = of->fd;
	struct value_sock v = {
		.family = (uint16_t)option(fd, SOL_SOCKET, SO_DOMAIN),
		.type = (uint16_t)option(fd, SOL_SOCKET, SO_TYPE),
		.protocol = (uint16_t)option(fd, SOL_SOCKET, SO_PROTOCOL),
		.mark = option(fd, SOL_SOCKET, SO_MARK),
		.priority = option(fd, SOL_SOCKET, SO_PRIORITY),
		.cookie = of->place.sock,
	};
	struct value_address from = end_of(fd, getsockname), to = end_of(fd, getpeername);

	v.state = state_of(fd, &v);
	v.sport = from.port;
	v.dport = to.port;
	memcpy(v.saddr, from.address, sizeof(v.saddr));
	memcpy(v.daddr, to.address, sizeof(v.daddr));
	tell_bytes(told, &v, sizeof(v));
}

/* What of it can be another. */
static void change_options(int fd)
{
	static const uint32_t marks[] = {0, 1, 255, 1U << 31};
	uint32_t mark = PICK(marks), priority = pick(7);

	check(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == 0 &&
		      setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)) == 0,
	      "setsockopt");
}

static void change_peer(int fd)
{
	int family = (int)option(fd, SOL_SOCKET, SO_DOMAIN);
	struct sockaddr_storage to;

	if ((family != AF_INET && family != AF_INET6) ||
	    option(fd, SOL_SOCKET, SO_TYPE) != SOCK_DGRAM)
		return;
	/* To where it is not possible, it stays as it was. */
	connect(fd, (void *)&to, random_end(family, &to));
}

void sockets_change(bool options)
{
	for (uint32_t n = pick(4); n; n--) {
		int fd = kept[pick((uint32_t)n_kept)].fd;

		if (options)
			change_options(fd);
		change_peer(fd);
	}
}

static const struct kept *pick_socket(struct told *told)
{
	const struct kept *any = &kept[pick((uint32_t)n_kept)];

	tell_socket(any, told);
	return any;
}

/* --- where they are */

int sockets_find(int (*look)(void *data, struct socket_place *ret), void *data)
{
	int r = 0;

	for (size_t i = 0; i < n_kept && r >= 0; i++) {
		check(dup2(kept[i].fd, TASK_FD) == TASK_FD, "dup2");
		r = look(data, &kept[i].place);
	}
	return r;
}

void socket_of_task(struct told *told)
{
	static const struct hook_lost at_file = {.depth = 4};
	int file;

	switch (pick(12)) {
	case 0:
		close(TASK_FD);
		tell_bytes(told, &at_file, sizeof(at_file));
		told->status = HOOK_ARG_LOST;
		break;
	case 1:
		/* It has nothing private. */
		file = open("/dev/null", O_RDONLY | O_CLOEXEC);
		check(dup2(file, TASK_FD) == TASK_FD && close(file) == 0, "dup2");
		tell_fault(told);
		break;
	default:
		check(dup2(pick_socket(told)->fd, TASK_FD) == TASK_FD, "dup2");
	}
}

/* In the kernel's half of addresses there is nothing at the end. */
static uint64_t no_object(struct told *told)
{
	static const uint64_t nowhere[] = {0, (uint64_t)NOWHERE, -4096ULL};

	tell_fault(told);
	return PICK(nowhere);
}

static uint64_t sock_address(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	return pick(12) ? pick_socket(told)->place.sock : no_object(told);
}

static uint64_t socket_address(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	return pick(12) ? pick_socket(told)->place.socket : no_object(told);
}

/* From a socket to its struct sock. */
static uint64_t socket_to_follow(const struct type *type, size_t i, uint64_t *size,
				 struct told *told)
{
	static const struct hook_lost at_once = {.depth = 0};
	uint64_t address = socket_address(type, i, size, told);

	if (told->status == HOOK_ARG_FAULT) {
		tell_bytes(told, &at_once, sizeof(at_once));
		told->status = HOOK_ARG_LOST;
	}
	return address;
}

static uint64_t descriptor(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	return (uint64_t)pick_socket(told)->fd;
}

#define TYPE(text, function) \
	{.name = (text), .value = (function), .append_match = append_socket_match}

const struct type sock_by_address = TYPE("sock", sock_address);
const struct type socket_by_address = TYPE("socket", socket_address);
const struct type sock_by_path = {.name = "sock",
				  .value = socket_to_follow,
				  .append_match = append_socket_match,
				  .more = ", btfType: socket, resolve: sk"};
const struct type sock_of_call = TYPE("sock", descriptor);
const struct type socket_of_call = TYPE("socket", descriptor);

void sockets_setup(void)
{
	keep_ip(AF_INET);
	keep_ip(AF_INET6);
	keep_mapped();
	keep_others();
	for (size_t i = 0; i < n_kept; i++)
		change_options(kept[i].fd);
}
