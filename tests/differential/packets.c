// SPDX-License-Identifier: Apache-2.0
#include "packets.h"
#include "address.h"
#include "base/macro.h"
#include "random.h"
#include "sockets.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* IEEE 802: a local experiment. Those who wait to receive have the next ones. */
#define ETHERTYPE 0x88b5
#define ETHERNET_HEADER 14

/* By which they are told from those of others. */
#define MARK 0x0ce11100U

#define BYTES_MAX 6000
/* What does not fit into a page is not in one piece: so much is (net/packet/af_packet.c). */
#define WHOLE_MAX 3000
#define WHOLE ETHERNET_HEADER

#define PACKETS 128
#define WAITING 96 /* of them */

static struct packet {
	uint8_t bytes[BYTES_MAX];
	size_t len;
	uint32_t priority, mark;
	uint64_t receiver; /* a struct sock */
} packets[PACKETS];

static int sender;

/* --- made */

struct build {
	uint8_t *v;
	size_t n;
};

static void put(struct build *b, const void *bytes, size_t n)
{
	memcpy(b->v + b->n, bytes, n);
	b->n += n;
}

static void put_byte(struct build *b, unsigned v)
{
	b->v[b->n++] = (uint8_t)v;
}

static void put_noise(struct build *b, size_t n)
{
	for (; n; n--)
		put_byte(b, pick(256));
}

static void put_address(struct build *b, int family)
{
	struct sockaddr_storage any;
	struct value_address v;

	random_address(family, &any);
	v = value_of_address(&any);
	put(b, v.address, family == AF_INET ? 4 : 16);
}

static unsigned pick_protocol(void)
{
	static const uint8_t protocols[] = {
		IPPROTO_TCP,    IPPROTO_TCP,  IPPROTO_UDP, IPPROTO_UDP, IPPROTO_ICMP,
		IPPROTO_ICMPV6, IPPROTO_NONE, IPPROTO_AH,  132,         255};

	return PICK(protocols);
}

static void put_ports(struct build *b)
{
	const uint16_t ports[] = {htons(random_port()), htons(random_port())};

	put(b, ports, sizeof(ports));
	put_noise(b, pick(30));
}

static void put_v4(struct build *b)
{
	unsigned words_long = pick(4) ? 5 : pick(16);
	unsigned offset = pick(5) == 0 ? pick(0x2000) : 0;

	put_byte(b, 4 << 4 | words_long);
	put_noise(b, 5);
	put_byte(b, pick(8) << 5 | offset >> 8);
	put_byte(b, offset);
	put_noise(b, 1);
	put_byte(b, pick_protocol());
	put_noise(b, 2);
	put_address(b, AF_INET);
	put_address(b, AF_INET);
	put_noise(b, words_long > 5 ? 4 * (words_long - 5) : 0);
	put_ports(b);
}

/* Each header says what the next one is. */
static void put_extension(struct build *b, unsigned header, unsigned next)
{
	unsigned more = pick(3), offset = pick(3) == 0 ? pick(0x2000) : 0;

	put_byte(b, next);
	if (header == IPPROTO_FRAGMENT) {
		put_noise(b, 1);
		put_byte(b, offset >> 5);
		put_byte(b, offset << 3 | pick(8));
		put_noise(b, 4);
		return;
	}
	put_byte(b, more);
	put_noise(b, 6 + 8 * more);
}

static void put_v6(struct build *b)
{
	static const uint8_t extensions[] = {IPPROTO_HOPOPTS,
					     IPPROTO_ROUTING,
					     IPPROTO_FRAGMENT,
					     IPPROTO_DSTOPTS,
					     IPPROTO_MH,
					     139,
					     140};
	size_t n = pick(2) ? 0 : pick(4) ? 1 + pick(3) : pick(12);
	unsigned header = n ? PICK(extensions) : pick_protocol();

	put_byte(b, 6 << 4 | pick(16));
	put_noise(b, 5);
	put_byte(b, header);
	put_noise(b, 1);
	put_address(b, AF_INET6);
	put_address(b, AF_INET6);
	for (; n; n--) {
		unsigned next = n > 1 ? PICK(extensions) : pick_protocol();

		put_extension(b, header, next);
		header = next;
	}
	put_ports(b);
}

static void make(struct packet *packet)
{
	struct build b = {.v = packet->bytes};

	if (pick(10) == 0)
		put_noise(&b, 1 + pick(60));
	else if (pick(2))
		put_v4(&b);
	else
		put_v6(&b);
	if (pick(5) == 0)
		b.n = 1 + pick((uint32_t)b.n);
	else if (pick(20) == 0)
		put_noise(&b, BYTES_MAX - b.n);
	packet->len = b.n;
	packet->priority = pick(7);
	packet->mark = MARK | pick(8);
}

/* --- what there is to tell */

/* What is left of it. */
struct view {
	const uint8_t *at;
	size_t n;
};

static bool skip(struct view *v, size_t n)
{
	if (n > v->n)
		return false;
	v->at += n;
	v->n -= n;
	return true;
}

static void tell_ports(const struct view *v, struct value_skb *told)
{
	if (v->n < 4 || (told->protocol != IPPROTO_TCP && told->protocol != IPPROTO_UDP))
		return;
	told->sport = (uint16_t)(v->at[0] << 8 | v->at[1]);
	told->dport = (uint16_t)(v->at[2] << 8 | v->at[3]);
}

/* Of a part of a packet that is not its first, what is behind the header may be anything. */
static void tell_v4(struct view v, struct value_skb *told)
{
	const uint8_t *head = v.at;
	size_t size = 4 * (*head & 15U);

	if (v.n < 20 || size < 20)
		return;
	told->family = AF_INET;
	told->protocol = head[9];
	memcpy(told->saddr, head + 12, 4);
	memcpy(told->daddr, head + 16, 4);
	if (!(head[6] & 0x1f) && !head[7] && skip(&v, size))
		tell_ports(&v, told);
}

static bool is_extension(unsigned header)
{
	static const uint8_t all[] = {0, 43, 44, 60, 135, 139, 140};

	return memchr(all, (int)header, sizeof(all));
}

static void tell_v6(struct view v, struct value_skb *told)
{
	const uint8_t *head = v.at;

	if (!skip(&v, 40))
		return;
	told->family = AF_INET6;
	told->protocol = head[6];
	memcpy(told->saddr, head + 8, 16);
	memcpy(told->daddr, head + 24, 16);
	/* So many headers are looked at. */
	for (size_t i = 0; i < 8 && is_extension(told->protocol); i++) {
		const uint8_t *extension = v.at;
		bool is_fragment = told->protocol == IPPROTO_FRAGMENT;

		if (v.n < 4)
			return;
		told->protocol = extension[0];
		if (is_fragment && (extension[2] || extension[3] >> 3))
			return;
		if (!skip(&v, is_fragment ? 8 : 8 * (extension[1] + 1U)))
			v.n = 0;
	}
	tell_ports(&v, told);
}

static void tell(const struct packet *packet, size_t before, struct told *told)
{
	struct view v = {packet->bytes, packet->len > WHOLE_MAX ? WHOLE : packet->len};
	struct value_skb value = {
		.len = (uint32_t)(packet->len + before),
		.priority = packet->priority,
		.mark = packet->mark,
		.state = 7, /* TCP_CLOSE: of the socket, which has no connections */
	};

	if (*v.at >> 4 == 4)
		tell_v4(v, &value);
	else if (*v.at >> 4 == 6)
		tell_v6(v, &value);
	tell_bytes(told, &value, sizeof(value));
}

/* --- sent */

static void check(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static struct sockaddr_ll on_loopback(uint16_t ethertype)
{
	return (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ethertype),
		.sll_ifindex = (int)if_nametoindex("lo"),
		.sll_halen = 6,
	};
}

static void send_to(const struct packet *packet, uint16_t ethertype)
{
	struct sockaddr_ll to = on_loopback(ethertype);

	check(setsockopt(sender, SOL_SOCKET, SO_MARK, &packet->mark, sizeof(packet->mark)) == 0 &&
		      setsockopt(sender, SOL_SOCKET, SO_PRIORITY, &packet->priority,
				 sizeof(packet->priority)) == 0,
	      "setsockopt");
	check(sendto(sender, packet->bytes, packet->len, 0, (void *)&to, sizeof(to)) ==
		      (ssize_t)packet->len,
	      "sendto");
}

void packet_send(uint64_t number)
{
	send_to(&packets[number], ETHERTYPE);
}

/* Until it is there. */
static void await(int receiver)
{
	char byte;

	check(recv(receiver, &byte, 1, MSG_PEEK | MSG_TRUNC) > 0, "recv");
}

void packets_setup(void)
{
	sender = socket(AF_PACKET, SOCK_DGRAM, 0);
	check(sender >= 0, "socket");
	for (size_t i = 0; i < PACKETS; i++)
		make(&packets[i]);
}

int packets_find(int (*look)(void *data, uint64_t *ret_sock), void *data)
{
	int r = 0;

	for (size_t i = 0; i < WAITING && r >= 0; i++) {
		uint16_t ethertype = (uint16_t)(ETHERTYPE + 1 + i);
		struct sockaddr_ll at = on_loopback(ethertype);
		int receiver = socket(AF_PACKET, SOCK_DGRAM, 0);

		check(receiver >= 0 && bind(receiver, (void *)&at, sizeof(at)) == 0, "bind");
		send_to(&packets[i], ethertype);
		await(receiver);
		check(dup2(receiver, TASK_FD) == TASK_FD, "dup2");
		r = look(data, &packets[i].receiver);
	}
	return r;
}

static uint64_t receiver(const struct type *type, size_t at, uint64_t *size, struct told *told)
{
	static const uint64_t nowhere[] = {0, (uint64_t)NOWHERE, -4096ULL};
	static const struct hook_lost at_queue = {.depth = 1};
	size_t i = pick(WAITING);

	if (pick(12)) {
		tell(&packets[i], 0, told);
		return packets[i].receiver;
	}
	tell_bytes(told, &at_queue, sizeof(at_queue));
	told->status = HOOK_ARG_LOST;
	return PICK(nowhere);
}

static uint64_t number(const struct type *type, size_t at, uint64_t *size, struct told *told)
{
	size_t i = pick(PACKETS);

	tell(&packets[i], ETHERNET_HEADER, told);
	return i;
}

bool packet_is_ours(const struct record_hook *record)
{
	const struct hook_arg *arg = (const void *)(record + 1);
	const struct value_skb *value = (const void *)(arg + 1);

	return arg->size != sizeof(*value) || (value->mark & ~7U) == MARK;
}

const struct type skb_by_path = {.name = "skb",
				 .value = receiver,
				 .append_match = append_socket_match,
				 .more = ", btfType: sock, resolve: sk_receive_queue.next"};
const struct type skb_of_call = {
	.name = "skb", .value = number, .append_match = append_socket_match};
