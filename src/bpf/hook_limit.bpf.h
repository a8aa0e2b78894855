/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_LIMIT_BPF_H
#define OCELLI_BPF_HOOK_LIMIT_BPF_H

/*
 * Rate limits of what is told. Whether the same was told before is known by a hash
 * of all its values, with a key that nobody else knows: who can choose values
 * (names of files) must not find two of one hash, to have the one hide the other.
 * It is SipHash-1-3 (Aumasson, Bernstein 2012) over words of eight bytes.
 */

#include "abi/hook.h"
#include "bpf/hook_process.bpf.h"
#include "bpf/verifier.bpf.h"

/* Set by the agent. */
const volatile __u64 limit_key[2] = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HOOK_LIMIT_BUCKETS);
	__type(key, u32);
	__type(value, struct hook_limits);
} hook_limits SEC(".maps");

struct sip {
	u64 v0, v1, v2, v3;
};

static __always_inline u64 rotated(u64 v, u32 bits)
{
	return v << bits | v >> (64 - bits);
}

static __always_inline void sip_round(struct sip *v)
{
	v->v0 += v->v1;
	v->v2 += v->v3;
	v->v1 = rotated(v->v1, 13) ^ v->v0;
	v->v3 = rotated(v->v3, 16) ^ v->v2;
	v->v0 = rotated(v->v0, 32);
	v->v2 += v->v1;
	v->v0 += v->v3;
	v->v1 = rotated(v->v1, 17) ^ v->v2;
	v->v3 = rotated(v->v3, 21) ^ v->v0;
	v->v2 = rotated(v->v2, 32);
}

static __always_inline void sip_add(struct sip *v, u64 word)
{
	v->v3 ^= word;
	sip_round(v);
	v->v0 ^= word;
}

static __always_inline struct sip sip_begin(void)
{
	return (struct sip){
		.v0 = 0x736f6d6570736575 ^ limit_key[0],
		.v1 = 0x646f72616e646f6d ^ limit_key[1],
		.v2 = 0x6c7967656e657261 ^ limit_key[0],
		.v3 = 0x7465646279746573 ^ limit_key[1],
	};
}

static __always_inline u64 sip_end(struct sip *v, u32 size)
{
	sip_add(v, (u64)size << 56);
	v->v2 ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v->v0 ^ v->v1 ^ v->v2 ^ v->v3;
}

static __always_inline struct sip sip_of(const struct hook_scratch *s)
{
	return (struct sip){s->hash[0], s->hash[1], s->hash[2], s->hash[3]};
}

static __always_inline void keep_sip(struct hook_scratch *s, const struct sip *v)
{
	s->hash[0] = v->v0;
	s->hash[1] = v->v1;
	s->hash[2] = v->v2;
	s->hash[3] = v->v3;
}

#define HASH_BYTES 512

/* Values are padded to whole words. A function of its own, for the verifier looks at it once. */
__noinline int hook_hash_some(struct hook_scratch *s, u32 at)
{
	struct sip v;
	u32 used;

	if (!s || !within(at, HOOK_DATA_MAX))
		return 0;
	used = s->used;
	v = sip_of(s);
	for (u32 i = 0; i < HASH_BYTES && at + i < used; i += 8)
		sip_add(&v, *(u64 *)(s->data + at + i));
	keep_sip(s, &v);
	return 0;
}

/* The verifier sees no other end than that of a whole part. */
ABI_ASSERT(sizeof(struct hook_scratch) - offsetof(struct hook_scratch, slot) >= HASH_BYTES);

/* Of all that is told but the time, and who does it as far as the scope says. */
static __always_inline u64 hash_of(struct hook_scratch *s, u32 scope, u32 action)
{
	struct sip v = sip_begin();
	u64 hash;

	sip_add(&v, (u64)s->record.hook << 32 | s->record.selector);
	sip_add(&v, (u64)action << 32 | s->record.flags);
	if (scope != HOOK_LIMIT_GLOBAL) {
		sip_add(&v, s->record.process.start);
		sip_add(&v, (u64)s->record.process.pid << 32 |
				    (scope == HOOK_LIMIT_THREAD ? s->record.tid : 0));
	}
	keep_sip(s, &v);
	for (u32 at = 0; at < HOOK_DATA_MAX && at < s->used; at += HASH_BYTES)
		hook_hash_some(s, at);
	v = sip_of(s);
	hash = sip_end(&v, s->used);
	return hash ? hash : 1;
}

/*
 * Whether the same was told less than @ns ago; if not, it is told now. Two CPUs
 * that ask at the same moment may both tell it.
 */
__noinline int hook_is_limited(struct hook_scratch *s, u64 ns, u32 scope, u32 action)
{
	u64 hash, now = bpf_ktime_get_boot_ns();
	struct hook_limits *bucket;
	struct hook_limit *to;
	u32 index;

	if (!s)
		return 0;
	hash = hash_of(s, scope, action);
	index = hash % HOOK_LIMIT_BUCKETS;
	bucket = bpf_map_lookup_elem(&hook_limits, &index);
	if (!bucket)
		return 0;
	to = &bucket->v[0];
	for (u32 i = 0; i < HOOK_LIMIT_WAYS; i++) {
		struct hook_limit *limit = &bucket->v[i];

		if (limit->hash == hash) {
			if (now - limit->time < ns)
				return 1;
			to = limit;
			break;
		}
		if (limit->time < to->time)
			to = limit;
	}
	to->hash = hash;
	to->time = now;
	s->hash[0] = hash;
	return 0;
}

/* What hook_is_limited() let through last could not be told: so it was not, and is the next time.
 */
__noinline int hook_forget_told(struct hook_scratch *s)
{
	struct hook_limits *bucket;
	u64 hash;
	u32 index;

	if (!s)
		return 0;
	hash = s->hash[0];
	index = hash % HOOK_LIMIT_BUCKETS;
	bucket = bpf_map_lookup_elem(&hook_limits, &index);
	if (!bucket)
		return 0;
	for (u32 i = 0; i < HOOK_LIMIT_WAYS; i++)
		if (bucket->v[i].hash == hash)
			bucket->v[i].time = bucket->v[i].hash = 0;
	return 0;
}

/* It is not told. */
__noinline int hook_suppress(struct hook_scratch *s)
{
	struct cpu_state *cpu = get_cpu_state();

	if (!cpu || !s)
		return 0;
	cpu->ledger.produced[RECORD_HOOK]++;
	cpu->ledger.throttled[RECORD_HOOK]++;
	return 0;
}

#endif
