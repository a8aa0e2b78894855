// SPDX-License-Identifier: Apache-2.0
#include "base/siphash.h"

#include <string.h>

struct sip {
	uint64_t v[4];
};

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void round_of(struct sip *s)
{
	uint64_t *v = s->v;

	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void add_word(struct sip *s, uint64_t word)
{
	s->v[3] ^= word;
	round_of(s);
	round_of(s);
	s->v[0] ^= word;
}

uint64_t siphash(const uint64_t key[2], const void *data, size_t len)
{
	struct sip s = {{
		key[0] ^ 0x736f6d6570736575,
		key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261,
		key[1] ^ 0x7465646279746573,
	}};
	const char *at = data;
	uint64_t word;

	for (size_t left = len; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		add_word(&s, word);
		at += sizeof(word);
	}
	word = (uint64_t)len << 56;
	memcpy(&word, at, len % sizeof(word));
	add_word(&s, word);
	s.v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		round_of(&s);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}
