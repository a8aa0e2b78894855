// SPDX-License-Identifier: Apache-2.0
#include "policy/integer.h"

#include "base/number.h"

#include <ctype.h>
#include <errno.h>

int integer_read(const char *s, size_t len, struct integer *ret)
{
	struct integer integer = {.negative = len && *s == '-'};
	unsigned base = 10;
	int r;

	if (len && (*s == '-' || *s == '+')) {
		s++;
		len--;
	}
	if (len > 1 && *s == '0') {
		char c = (char)tolower((unsigned char)s[1]);

		base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		s += base != 8 || c == 'o' ? 2 : 1;
		len -= base != 8 || c == 'o' ? 2 : 1;
	}
	r = number_read_digits(s, len, base, &integer.magnitude);
	if (r < 0)
		return r;
	if (integer.negative && integer.magnitude > 1ULL << 63)
		return -ERANGE;
	if (integer.magnitude == 0)
		integer.negative = false;
	*ret = integer;
	return 0;
}

bool integer_fits(const struct integer *integer, unsigned bits, bool is_signed)
{
	if (is_signed)
		return integer->magnitude <= (1ULL << (bits - 1)) - !integer->negative;
	return !integer->negative && (bits == 64 || integer->magnitude >> bits == 0);
}
