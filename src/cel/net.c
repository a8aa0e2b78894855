// SPDX-License-Identifier: Apache-2.0
#include "cel/net.h"

#include "base/macro.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define CIDR_N(family, prefix) ((family) << 8 | (prefix))

static bool is_mapped(const unsigned char *address)
{
	static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(address, prefix, sizeof(prefix));
}

int cel_ip_read(const char *s, size_t len, struct cel_value *ret)
{
	struct cel_value ip = {.kind = CEL_IP};
	char text[INET6_ADDRSTRLEN];

	if (len >= sizeof(text) || memchr(s, '\0', len))
		return -EINVAL;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, ip.address) == 1)
		ip.n = 4;
	else if (inet_pton(AF_INET6, text, ip.address) == 1 && !is_mapped(ip.address))
		ip.n = 6;
	else
		return -EINVAL;
	*ret = ip;
	return 0;
}

/* No signs, no leading zeros. */
static int read_prefix(const char *s, size_t len, unsigned most)
{
	unsigned v = 0;

	if (len < 1 || len > 3 || (len > 1 && s[0] == '0'))
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		v = 10 * v + (unsigned)(s[i] - '0');
	}
	return v <= most ? (int)v : -EINVAL;
}

int cel_cidr_read(const char *s, size_t len, struct cel_value *ret)
{
	const char *slash = memchr(s, '/', len);
	struct cel_value cidr;
	size_t address;
	int prefix;

	if (!slash)
		return -EINVAL;
	address = (size_t)(slash - s);
	if (cel_ip_read(s, address, &cidr) < 0)
		return -EINVAL;
	prefix = read_prefix(slash + 1, len - address - 1, cidr.n == 4 ? 32 : 128);
	if (prefix < 0)
		return -EINVAL;
	cidr.kind = CEL_CIDR;
	cidr.n = CIDR_N(cidr.n, (unsigned)prefix);
	*ret = cidr;
	return 0;
}

static unsigned group(const unsigned char *address, unsigned i)
{
	return (unsigned)address[2 * i] << 8 | address[2 * i + 1];
}

/* The longest row of zero groups, the first of such; a single one does not count. */
static void find_zeros(const unsigned char *address, unsigned *ret_first, unsigned *ret_n)
{
	*ret_first = 8;
	*ret_n = 1;
	for (unsigned i = 0, n; i < 8; i += n + 1) {
		for (n = 0; i + n < 8 && group(address, i + n) == 0;)
			n++;
		if (n > *ret_n) {
			*ret_first = i;
			*ret_n = n;
		}
	}
}

static void append_ipv6(struct str *out, const unsigned char *address)
{
	unsigned zeros, n_zeros;

	find_zeros(address, &zeros, &n_zeros);
	for (unsigned i = 0; i < 8;) {
		if (i == zeros) {
			str_append_lit(out, "::");
			i += n_zeros;
			continue;
		}
		if (i > 0 && i != zeros + n_zeros)
			str_append_char(out, ':');
		str_appendf(out, "%x", group(address, i++));
	}
}

void cel_net_append(struct str *out, const struct cel_value *value)
{
	const unsigned char *a = value->address;

	if (cel_ip_family(value) == 4)
		str_appendf(out, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
	else
		append_ipv6(out, a);
	if (value->kind == CEL_CIDR)
		str_appendf(out, "/%u", cel_cidr_prefix(value));
}

void cel_net_mask(struct cel_value *value, unsigned bits)
{
	for (unsigned i = 0; i < sizeof(value->address); i++, bits -= MIN(bits, 8U))
		value->address[i] &= (unsigned char)(0xff00 >> MIN(bits, 8U));
}

bool cel_net_same_prefix(const struct cel_value *a, const struct cel_value *b, unsigned bits)
{
	struct cel_value x = *a, y = *b;

	cel_net_mask(&x, bits);
	cel_net_mask(&y, bits);
	return !memcmp(x.address, y.address, sizeof(x.address));
}
