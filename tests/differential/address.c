// SPDX-License-Identifier: Apache-2.0
#include "address.h"
#include "base/macro.h"
#include "random.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

/* Those that a machine can have come first: see sockets.c. */
const char *const addresses[N_ADDRESSES] = {
	"10.0.0.1",    "10.1.2.3",         "192.168.1.1", "127.0.0.1",       "::1",
	"2001:db8::1", "2001:db8:8000::1", "fd00::1",     "::ffff:10.1.2.3", "0.0.0.0",
	"fe80::1",     "255.255.255.255",
};

static const uint16_t ports[] = {0,   1,    53,   79,   80,   99,   443,
				 444, 1022, 1023, 1024, 1025, 8080, 65535};

uint16_t random_port(void)
{
	return PICK(ports);
}

socklen_t random_address(int family, struct sockaddr_storage *to)
{
	struct sockaddr_in *in = (void *)to;
	struct sockaddr_in6 *in6 = (void *)to;
	const char *text;

	do
		text = PICK(addresses);
	while (!!strchr(text, ':') != (family == AF_INET6));
	memset(to, 0, sizeof(*to));
	to->ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		in6->sin6_port = htons(random_port());
		inet_pton(family, text, &in6->sin6_addr);
		return sizeof(*in6);
	}
	in->sin_port = htons(random_port());
	inet_pton(family, text, &in->sin_addr);
	return sizeof(*in);
}

struct value_address value_of_address(const struct sockaddr_storage *from)
{
	const struct sockaddr_in *in = (const void *)from;
	const struct sockaddr_in6 *in6 = (const void *)from;
	struct value_address value = {.family = from->ss_family};

	if (from->ss_family == AF_INET) {
		value.port = ntohs(in->sin_port);
		memcpy(value.address, &in->sin_addr, sizeof(in->sin_addr));
	} else if (from->ss_family == AF_INET6) {
		value.port = ntohs(in6->sin6_port);
		memcpy(value.address, &in6->sin6_addr, sizeof(in6->sin6_addr));
	}
	return value;
}

/* --- operators */

static void append_networks(struct str *out)
{
	size_t n = pick(10) ? 1 + pick(4) : 1 + pick(40);

	for (size_t i = 0; i < n; i++) {
		const char *address = PICK(addresses);

		str_appendf(out, "%s\"%s", i ? ", " : "", address);
		if (pick(2))
			str_appendf(out, "/%u", pick(strchr(address, ':') ? 129 : 33));
		str_append_lit(out, "\"");
	}
}

static void append_ports(struct str *out)
{
	for (size_t i = 0, n = 1 + pick(4); i < n; i++) {
		unsigned a = random_port(), b = random_port();

		str_append_z(out, i ? ", " : "");
		if (pick(2))
			str_appendf(out, "\"%u\"", a);
		else
			str_appendf(out, "\"%u:%u\"", MIN(a, b), MAX(a, b));
	}
}

static void append_none(struct str *out)
{
}

static void append_some(const char *const *names, size_t n, struct str *out)
{
	for (size_t i = 0, some = 1 + pick(3); i < some; i++)
		str_appendf(out, "%s\"%s\"", i ? ", " : "", names[pick((uint32_t)n)]);
}

static void append_protocols(struct str *out)
{
	static const char *const names[] = {
		"IPPROTO_TCP", "IPPROTO_UDP", "IPPROTO_ICMP", "58", "IPPROTO_IP", "IPPROTO_ICMPV6",
		"0x2c",        "6",           "IPPROTO_AH",   "59"};

	append_some(names, ARRAY_SIZE(names), out);
}

static void append_families(struct str *out)
{
	static const char *const names[] = {"AF_INET",  "AF_INET6",  "AF_UNIX", "2",
					    "AF_LOCAL", "AF_PACKET", "16",      "AF_UNSPEC"};

	append_some(names, ARRAY_SIZE(names), out);
}

static void append_states(struct str *out)
{
	static const char *const names[] = {
		"TCP_ESTABLISHED", "TCP_LISTEN", "TCP_CLOSE", "1",
		"TCP_CLOSE_WAIT",  "7",          "10",        "TCP_FIN_WAIT2"};

	append_some(names, ARRAY_SIZE(names), out);
}

static const struct {
	const char *name;
	void (*append_values)(struct str *out);
} operators[] = {
	/* Of addresses, too. */
	{"SAddr", append_networks},     {"NotSAddr", append_networks},
	{"SPort", append_ports},        {"NotSPort", append_ports},
	{"SPortPriv", append_none},     {"NotSportPriv", append_none},
	{"Family", append_families},
#define OF_ADDRESSES 7
	{"DAddr", append_networks},     {"NotDAddr", append_networks},
	{"DPort", append_ports},        {"NotDPort", append_ports},
	{"DPortPriv", append_none},     {"NotDPortPriv", append_none},
	{"Protocol", append_protocols}, {"State", append_states},
};

static void append_one_of(size_t n, struct str *out)
{
	size_t i = pick((uint32_t)n);

	str_appendf(out, "operator: %s", operators[i].name);
	if (operators[i].append_values == append_none)
		return;
	str_append_lit(out, ", values: [");
	operators[i].append_values(out);
	str_append_lit(out, "]");
}

void append_socket_match(const struct type *type, struct str *out)
{
	append_one_of(ARRAY_SIZE(operators), out);
}

void append_address_match(const struct type *type, struct str *out)
{
	append_one_of(OF_ADDRESSES, out);
}

void append_local_address_match(const struct type *type, struct str *out)
{
	if (pick(4)) {
		append_text_match(type, out);
		return;
	}
	str_append_lit(out, "operator: Family, values: [");
	append_families(out);
	str_append_lit(out, "]");
}

/* --- values */

uint64_t address_value(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	static const sa_family_t others[] = {AF_UNSPEC, AF_UNIX, AF_NETLINK};
	struct sockaddr_storage from;
	socklen_t len = random_address(pick(2) ? AF_INET : AF_INET6, &from);
	struct value_address value;

	if (pick(8) == 0) {
		from.ss_family = PICK(others);
		len = sizeof(from.ss_family);
	}
	/* Of IPv6 the scope may be missing. */
	len -= from.ss_family == AF_INET6 && pick(2) ? sizeof(uint32_t) : 0;
	if (pick(12) == 0)
		return tell_fault(told);
	value = value_of_address(&from);
	tell_bytes(told, &value, sizeof(value));
	return (uint64_t)place_text(i, &from, len);
}

/* A name has no NUL where its address ends with it, and nothing need be readable behind that. */
uint64_t local_address_value(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	struct sockaddr_un from = {.sun_family = pick(8) ? AF_UNIX : AF_INET};
	struct value_unix value = {.family = from.sun_family};
	bool is_abstract = pick(3) == 0;
	size_t room = sizeof(from.sun_path) - is_abstract, len;
	char text[TEXT_MAX];

	if (pick(12) == 0)
		return tell_fault(told);
	len = random_text(text);
	len = MIN(len, room);
	if (len && pick(4) == 0) {
		memset(text + len, 'x', room - len);
		len = room;
	}
	memcpy(from.sun_path + is_abstract, text, len);
	value.abstract = is_abstract && len;
	tell_bytes(told, &value, sizeof(value));
	memcpy(told->bytes + sizeof(value), text, len);
	told->size += len;
	if (pick(3) == 0)
		return (uint64_t)place_text(i, &from, sizeof(from));
	len += offsetof(struct sockaddr_un, sun_path) + is_abstract;
	return (uint64_t)place_text(i, &from, MIN(len + pick(2), sizeof(from)));
}
