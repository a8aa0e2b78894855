/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_NET_BPF_H
#define OCELLI_BPF_HOOK_NET_BPF_H

/* Addresses, sockets and packets. */

#include "bpf/hook_slot.bpf.h"

#include <bpf/bpf_endian.h>

/* include/linux/socket.h, include/uapi/linux/in.h */
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

/* include/uapi/linux/in.h and in6.h: of both, the port is behind the family */
union ip_address {
	struct {
		u16 family, port;
		u8 address[4];
	} v4;
	struct {
		u16 family, port;
		u32 flow;
		u8 address[16];
	} v6;
};

__noinline int hook_read_address(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct value_address *v;
	union ip_address ip;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	__builtin_memset(v, 0, sizeof(*v));
	if (read_memory(s, &v->family, sizeof(v->family), from))
		return slot_fault(slot);
	if (v->family == AF_INET) {
		if (read_memory(s, &ip, sizeof(ip.v4), from))
			return slot_fault(slot);
		__builtin_memcpy(v->address, ip.v4.address, sizeof(ip.v4.address));
		v->port = bpf_ntohs(ip.v4.port);
	} else if (v->family == AF_INET6) {
		if (read_memory(s, &ip, sizeof(ip.v6), from))
			return slot_fault(slot);
		__builtin_memcpy(v->address, ip.v6.address, sizeof(ip.v6.address));
		v->port = bpf_ntohs(ip.v6.port);
	}
	return slot_done(slot, sizeof(*v));
}

/* include/uapi/linux/un.h */
#define UNIX_PATH_MAX 108

/* As many bytes of a name as can be read, up to @max. It ends where its address does, which may be
 * at the end of the process's memory: then that must not hide it. A function of its own, for the
 * verifier looks at it once. */
__noinline int hook_read_name(struct hook_scratch *s, u32 place, u64 from, u32 max)
{
	struct hook_slot *slot = slot_at(s, place);
	char *name;
	u32 n = 0;

	if (!slot)
		return 0;
	name = slot->bytes + sizeof(struct value_unix);
#pragma unroll
	for (u32 step = 64; step; step /= 2)
		if (n + step <= max && !read_memory(s, name + n, step, from + n))
			n += step;
	return (int)n;
}

/* What there is of it without the NULs at its end. */
static __always_inline u32 trim_name(const char *name, u32 n)
{
	for (u32 i = 0; i < UNIX_PATH_MAX; i++) {
		u32 last = n - 1;

		if (!within(last, UNIX_PATH_MAX - 1) || name[last])
			break;
		n = last;
	}
	return n;
}

__noinline int hook_read_unix(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct value_unix *v;
	u16 family;
	char *name;
	long len;
	u32 n;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	name = slot->bytes + sizeof(*v);
	if (read_memory(s, &family, sizeof(family), from))
		return slot_fault(slot);
	v->family = family;
	v->abstract = 0;
	len = read_string(s, name, UNIX_PATH_MAX + 1, from + sizeof(family));
	n = len > 0 ? (u32)len - 1 : hook_read_name(s, place, from + sizeof(family), UNIX_PATH_MAX);
	if (n == 0) {
		n = hook_read_name(s, place, from + sizeof(family) + 1, UNIX_PATH_MAX - 1);
		n = trim_name(name, n);
		v->abstract = n > 0;
	}
	if (!within(n, UNIX_PATH_MAX))
		return slot_fault(slot);
	slot->arg.size = sizeof(*v) + n;
	slot->arg.status = HOOK_ARG_READ;
	return (int)n;
}

__noinline int hook_read_socket(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct value_sock *v;
	struct sock *sk;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	__builtin_memset(v, 0, sizeof(*v));
	if (!is_object(s, from))
		return slot_fault(slot);
	sk = what == HOOK_SOCKET ? BPF_CORE_READ((struct socket *)from, sk) : (void *)from;
	if (!sk || bpf_core_read(&v->family, sizeof(v->family), &sk->__sk_common.skc_family))
		return slot_fault(slot);
	v->type = BPF_CORE_READ(sk, sk_type);
	v->protocol = BPF_CORE_READ(sk, sk_protocol);
	v->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	v->mark = BPF_CORE_READ(sk, sk_mark);
	v->priority = BPF_CORE_READ(sk, sk_priority);
	v->cookie = (u64)sk;
	if (v->family == AF_INET) {
		BPF_CORE_READ_INTO((u32 *)v->saddr, sk, __sk_common.skc_rcv_saddr);
		BPF_CORE_READ_INTO((u32 *)v->daddr, sk, __sk_common.skc_daddr);
	} else if (v->family == AF_INET6 && bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		BPF_CORE_READ_INTO((struct in6_addr *)v->saddr, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)v->daddr, sk, __sk_common.skc_v6_daddr);
	}
	if (v->family == AF_INET || v->family == AF_INET6) {
		v->sport = BPF_CORE_READ(sk, __sk_common.skc_num);
		v->dport = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	}
	return slot_done(slot, sizeof(*v));
}

/* include/uapi/linux/ip.h, ipv6.h */
struct ipv4_packet {
	u8 version;
	u8 tos;
	u16 len, id, frag;
	u8 ttl;
	u8 protocol;
	u16 check;
	u8 saddr[4], daddr[4];
};

struct ipv6_packet {
	u32 flow;
	u16 len;
	u8 next;
	u8 hops;
	u8 saddr[16], daddr[16];
};

#define IPV6_EXTENSIONS_MAX 8
#define IPPROTO_FRAGMENT 44

/* What is left of a packet, from a header of it on: of what is in one piece, which has the headers.
 * What memory has behind that is nobody's. */
struct packet {
	u64 at, end;
};

static __always_inline bool read_packet(void *to, u32 size, const struct packet *p)
{
	return p->at + size <= p->end && !bpf_probe_read_kernel(to, size, (void *)p->at);
}

/* A part of a packet that is not its first has no ports. */
static __always_inline void put_ports(struct value_skb *v, const struct packet *p)
{
	u16 ports[2];

	if ((v->protocol != IPPROTO_TCP && v->protocol != IPPROTO_UDP) ||
	    !read_packet(ports, sizeof(ports), p))
		return;
	v->sport = bpf_ntohs(ports[0]);
	v->dport = bpf_ntohs(ports[1]);
}

#define IPV4_OFFSET 0x1fff

static __always_inline void put_ipv4(struct value_skb *v, struct packet *p)
{
	struct ipv4_packet ip;
	u32 size;

	if (!read_packet(&ip, sizeof(ip), p))
		return;
	size = (ip.version & 15) * 4U;
	if (size < sizeof(ip))
		return;
	v->family = AF_INET;
	v->protocol = ip.protocol;
	__builtin_memcpy(v->saddr, ip.saddr, sizeof(ip.saddr));
	__builtin_memcpy(v->daddr, ip.daddr, sizeof(ip.daddr));
	p->at += size;
	if (!(bpf_ntohs(ip.frag) & IPV4_OFFSET))
		put_ports(v, p);
}

/* Of a header between those of IPv6 and of the protocol (RFC 8200, 4.1). */
static __always_inline bool is_extension(u32 header)
{
	return header == 0 || header == 43 || header == IPPROTO_FRAGMENT || header == 60 ||
	       header == 135 || header == 139 || header == 140;
}

/* What all of them begin with. */
struct ipv6_extension {
	u8 next, len;
	u16 offset; /* of a fragment */
};

#define IPV6_OFFSET 0xfff8
#define NEXT_HEADER 0xff
#define HEADER_SIZE 8 /* from this bit on */

/* What is behind the header at @at: of the next its number, and how far it is; 0 bytes: there is
 * none here. A function of its own, for the verifier looks at it once. Returns -1: cannot be read.
 */
__noinline int hook_next_header(u64 at, u64 end, u32 header)
{
	const struct packet packet = {at, end};
	struct ipv6_extension extension;
	u32 size;

	if (!read_packet(&extension, sizeof(extension), &packet))
		return -1;
	size = header == IPPROTO_FRAGMENT ? 8 : (extension.len + 1U) * 8;
	if (header == IPPROTO_FRAGMENT && bpf_ntohs(extension.offset) & IPV6_OFFSET)
		size = 0;
	return (int)(size << HEADER_SIZE | extension.next);
}

/* To the header of the protocol. Those of too many extensions are told as the last that was looked
 * at. Returns whether it is there. */
static __always_inline bool skip_extensions(struct value_skb *v, struct packet *p)
{
	for (u32 i = 0; i < IPV6_EXTENSIONS_MAX && is_extension(v->protocol); i++) {
		int next = hook_next_header(p->at, p->end, v->protocol);

		if (next < 0)
			return false;
		v->protocol = next & NEXT_HEADER;
		if (!(next >> HEADER_SIZE))
			return false;
		p->at += (u32)next >> HEADER_SIZE;
	}
	return true;
}

static __always_inline void put_ipv6(struct value_skb *v, struct packet *p)
{
	struct ipv6_packet ip;

	if (!read_packet(&ip, sizeof(ip), p))
		return;
	v->family = AF_INET6;
	v->protocol = ip.next;
	__builtin_memcpy(v->saddr, ip.saddr, sizeof(ip.saddr));
	__builtin_memcpy(v->daddr, ip.daddr, sizeof(ip.daddr));
	p->at += sizeof(ip);
	if (skip_extensions(v, p))
		put_ports(v, p);
}

static __always_inline void put_packet(struct value_skb *v, struct packet *p)
{
	u8 first;

	if (!read_packet(&first, sizeof(first), p))
		return;
	if (first >> 4 == 4)
		put_ipv4(v, p);
	else if (first >> 4 == 6)
		put_ipv6(v, p);
}

static __always_inline void put_sec_path(struct value_skb *v, struct sk_buff *skb)
{
	struct skb_ext *ext;
	struct sec_path *sec;
	u8 offset, bit;

	if (!bpf_core_field_exists(skb->extensions) ||
	    !bpf_core_enum_value_exists(enum skb_ext_id, SKB_EXT_SEC_PATH))
		return;
	bit = bpf_core_enum_value(enum skb_ext_id, SKB_EXT_SEC_PATH);
	if (!(BPF_CORE_READ(skb, active_extensions) >> bit & 1))
		return;
	ext = BPF_CORE_READ(skb, extensions);
	if (bpf_probe_read_kernel(&offset, sizeof(offset),
				  (void *)ext + bpf_core_field_offset(struct skb_ext, offset) +
					  bit))
		return;
	/* include/linux/skbuff.h: in units of eight bytes */
	sec = (void *)ext + offset * 8;
	v->sec_path_len = BPF_CORE_READ(sec, len);
	v->sec_path_olen = BPF_CORE_READ(sec, olen);
}

__noinline int hook_read_skb(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct sk_buff *skb = (void *)from;
	struct value_skb *v;
	struct packet packet;
	u64 head;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	__builtin_memset(v, 0, sizeof(*v));
	if (!is_object(s, from) || bpf_core_read(&v->len, sizeof(v->len), &skb->len))
		return slot_fault(slot);
	v->hash = BPF_CORE_READ(skb, hash);
	v->priority = BPF_CORE_READ(skb, priority);
	v->mark = BPF_CORE_READ(skb, mark);
	head = (u64)BPF_CORE_READ(skb, head);
	packet.at = head + BPF_CORE_READ(skb, network_header);
	packet.end = head + BPF_CORE_READ(skb, tail);
	put_packet(v, &packet);
	put_sec_path(v, skb);
	/* Full sockets and others begin alike; without one, nothing is read. */
	v->state = BPF_CORE_READ(skb, sk, __sk_common.skc_state);
	return slot_done(slot, sizeof(*v));
}

#endif
