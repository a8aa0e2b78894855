/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_INTEGER_H
#define OCELLI_POLICY_INTEGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct integer {
	bool negative;
	uint64_t magnitude; /* up to 2^63 when negative */
};

/* Reads what Go's strconv takes with base 0: "31", "-0x1f", "0o37", "037", "0b11111". Returns 0,
 * -EINVAL for what is no integer, -ERANGE for one that does not fit. */
int integer_read(const char *s, size_t len, struct integer *ret);

/* Whether it fits into so many bits. */
bool integer_fits(const struct integer *integer, unsigned bits, bool is_signed);

/* As the two's complement of 64 bits. */
static inline uint64_t integer_bits(const struct integer *integer)
{
	return integer->negative ? 0 - integer->magnitude : integer->magnitude;
}

#endif
