// SPDX-License-Identifier: Apache-2.0
/* IP addresses and networks: Kubernetes' ip() and cidr() libraries. */
#include "cel/functions.h"

#include "cel/net.h"

#define NOT_IP "this is not an IP address"
#define NOT_CIDR "this is not a network as in \"10.0.0.0/8\""

static int read_ip(struct cel_activation *a, const struct cel_node *call,
		   const struct cel_value *text, struct cel_value *ret)
{
	if (cel_ip_read(text->text.data, text->text.len, ret) < 0)
		return cel_fault_about(a, call, NOT_IP, text);
	return 0;
}

static int read_cidr(struct cel_activation *a, const struct cel_node *call,
		     const struct cel_value *text, struct cel_value *ret)
{
	if (cel_cidr_read(text->text.data, text->text.len, ret) < 0)
		return cel_fault_about(a, call, NOT_CIDR, text);
	return 0;
}

CEL_FUNCTION(string_to_ip)
{
	return read_ip(a, call, &args[0], ret);
}

CEL_FUNCTION(is_ip)
{
	struct cel_value ip;

	*ret = cel_bool(cel_ip_read(args[0].text.data, args[0].text.len, &ip) == 0);
	return 0;
}

CEL_FUNCTION(is_canonical)
{
	struct cel_value ip;
	int r = read_ip(a, call, &args[0], &ip);

	if (r < 0)
		return r;
	str_reset(&a->scratch);
	cel_net_append(&a->scratch, &ip);
	if (!str_cstr(&a->scratch))
		return cel_out_of_memory(a, call);
	*ret = cel_bool(a->scratch.len == args[0].text.len &&
			!memcmp(a->scratch.data, args[0].text.data, a->scratch.len));
	return 0;
}

CEL_FUNCTION(family)
{
	*ret = cel_int(cel_ip_family(&args[0]));
	return 0;
}

struct network {
	struct cel_value address;
	unsigned bits;
};

#define V4(a, b, c, d, prefix) {{.kind = CEL_IP, .n = 4, .address = {a, b, c, d}}, prefix}
#define V6(first, second, last, prefix) \
	{{.kind = CEL_IP, .n = 6, .address = {first, second, [15] = (last)}}, prefix}

static const struct network unspecified[] = {V4(0, 0, 0, 0, 32), V6(0, 0, 0, 128)};
static const struct network loopback[] = {V4(127, 0, 0, 0, 8), V6(0, 0, 1, 128)};
static const struct network link_local[] = {V4(169, 254, 0, 0, 16), V6(0xfe, 0x80, 0, 10)};
static const struct network multicast[] = {V4(224, 0, 0, 0, 4), V6(0xff, 0, 0, 8)};
static const struct network broadcast[] = {V4(255, 255, 255, 255, 32)};
static const struct network local_multicast[] = {V4(224, 0, 0, 0, 24)};

static bool is_in(const struct cel_value *ip, const struct network *n, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (n[i].address.n == ip->n && cel_net_same_prefix(&n[i].address, ip, n[i].bits))
			return true;
	return false;
}

#define IS_IN(ip, networks) is_in(ip, networks, ARRAY_SIZE(networks))

CEL_FUNCTION(is_unspecified)
{
	*ret = cel_bool(IS_IN(&args[0], unspecified));
	return 0;
}

CEL_FUNCTION(is_loopback)
{
	*ret = cel_bool(IS_IN(&args[0], loopback));
	return 0;
}

CEL_FUNCTION(is_link_local_multicast)
{
	const unsigned char *address = args[0].address;

	/* IPv6 has flags between the prefix and the scope, which is 2: ff02::, ff12:: … */
	*ret = cel_bool(IS_IN(&args[0], local_multicast) ||
			(args[0].n == 6 && address[0] == 0xff && (address[1] & 0x0f) == 2));
	return 0;
}

CEL_FUNCTION(is_link_local_unicast)
{
	*ret = cel_bool(IS_IN(&args[0], link_local));
	return 0;
}

/* Private addresses too, as Go has it. */
CEL_FUNCTION(is_global_unicast)
{
	*ret = cel_bool(!IS_IN(&args[0], unspecified) && !IS_IN(&args[0], loopback) &&
			!IS_IN(&args[0], link_local) && !IS_IN(&args[0], multicast) &&
			!IS_IN(&args[0], broadcast));
	return 0;
}

CEL_FUNCTION(string_to_cidr)
{
	return read_cidr(a, call, &args[0], ret);
}

CEL_FUNCTION(is_cidr)
{
	struct cel_value cidr;

	*ret = cel_bool(cel_cidr_read(args[0].text.data, args[0].text.len, &cidr) == 0);
	return 0;
}

CEL_FUNCTION(cidr_ip)
{
	*ret = args[0];
	ret->kind = CEL_IP;
	ret->n = cel_ip_family(&args[0]);
	return 0;
}

CEL_FUNCTION(masked)
{
	*ret = args[0];
	cel_net_mask(ret, cel_cidr_prefix(&args[0]));
	return 0;
}

CEL_FUNCTION(prefix_length)
{
	*ret = cel_int(cel_cidr_prefix(&args[0]));
	return 0;
}

static bool contains(const struct cel_value *cidr, const struct cel_value *inner)
{
	return cel_ip_family(cidr) == cel_ip_family(inner) &&
	       cel_net_same_prefix(cidr, inner, cel_cidr_prefix(cidr));
}

CEL_FUNCTION(contains_ip)
{
	*ret = cel_bool(contains(&args[0], &args[1]));
	return 0;
}

CEL_FUNCTION(contains_ip_text)
{
	struct cel_value ip;
	int r = read_ip(a, call, &args[1], &ip);

	if (r >= 0)
		*ret = cel_bool(contains(&args[0], &ip));
	return r;
}

static bool contains_network(const struct cel_value *outer, const struct cel_value *inner)
{
	return cel_cidr_prefix(outer) <= cel_cidr_prefix(inner) && contains(outer, inner);
}

CEL_FUNCTION(contains_cidr)
{
	*ret = cel_bool(contains_network(&args[0], &args[1]));
	return 0;
}

CEL_FUNCTION(contains_cidr_text)
{
	struct cel_value cidr;
	int r = read_cidr(a, call, &args[1], &cidr);

	if (r >= 0)
		*ret = cel_bool(contains_network(&args[0], &cidr));
	return r;
}
