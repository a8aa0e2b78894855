// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#include <arpa/inet.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void check(int r, const char *what)
{
	if (r >= 0)
		return;
	perror(what);
	exit(1);
}

/* Of IPv4 each is another name of the interface. */
static void add_v4(int fd, const char *address, int i)
{
	struct ifreq request = {0};
	struct sockaddr_in *in = (void *)&request.ifr_addr;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "lo:%d", i);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	check(ioctl(fd, SIOCSIFADDR, &request), "SIOCSIFADDR");
}

/* It can be used a moment later, when the kernel has seen that there are no neighbours. */
static void add_v6(int fd, const char *address)
{
	struct in6_ifreq request = {.ifr6_prefixlen = 128,
				    .ifr6_ifindex = (int)if_nametoindex("lo")};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	int trial = socket(AF_INET6, SOCK_DGRAM, 0);

	inet_pton(AF_INET6, address, &request.ifr6_addr);
	in6.sin6_addr = request.ifr6_addr;
	check(trial, "socket");
	check(ioctl(fd, SIOCSIFADDR, &request), "SIOCSIFADDR");
	while (bind(trial, (void *)&in6, sizeof(in6)) < 0)
		sched_yield();
	close(trial);
}

void network_setup(void)
{
	static const char *const v4[] = {"10.0.0.1", "10.1.2.3", "192.168.1.1"};
	static const char *const v6[] = {"2001:db8::1", "2001:db8:8000::1", "fd00::1"};
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK};
	int fd4, fd6;

	check(unshare(CLONE_NEWNET), "unshare");
	fd4 = socket(AF_INET, SOCK_DGRAM, 0);
	fd6 = socket(AF_INET6, SOCK_DGRAM, 0);
	check(fd4, "socket");
	check(fd6, "socket");
	check(ioctl(fd4, SIOCSIFFLAGS, &up), "SIOCSIFFLAGS");
	for (int i = 0; i < 3; i++) {
		add_v4(fd4, v4[i], i + 1);
		add_v6(fd6, v6[i]);
	}
	close(fd4);
	close(fd6);
}
