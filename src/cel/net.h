/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_NET_H
#define OCELLI_CEL_NET_H

#include "cel/value.h"

/*
 * IP addresses and networks as Kubernetes' CEL libraries take them: no zones,
 * no leading zeros in IPv4, no IPv4 addresses mapped into IPv6.
 */

/* Return 0 or -EINVAL. */
int cel_ip_read(const char *s, size_t len, struct cel_value *ret);
int cel_cidr_read(const char *s, size_t len, struct cel_value *ret);

/* Appends an IP (RFC 5952) or a CIDR. */
void cel_net_append(struct str *out, const struct cel_value *value);

static inline unsigned cel_ip_family(const struct cel_value *value)
{
	return value->kind == CEL_IP ? value->n : value->n >> 8;
}

static inline unsigned cel_cidr_prefix(const struct cel_value *cidr)
{
	return cidr->n & 0xff;
}

/* Whether the first @bits bits are the same. */
bool cel_net_same_prefix(const struct cel_value *a, const struct cel_value *b, unsigned bits);

/* Clears all but the first @bits bits. */
void cel_net_mask(struct cel_value *value, unsigned bits);

#endif
