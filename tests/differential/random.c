// SPDX-License-Identifier: Apache-2.0
#include "random.h"

static uint64_t state;

void random_start(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15 + 1;
}

uint32_t pick(uint32_t n)
{
	/* xorshift64* (Vigna, 2016) */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)(((state * 0x2545f4914f6cdd1d >> 32) * n) >> 32);
}
