/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_LIMIT_BPF_H
#define OCELLI_BPF_HOOK_LIMIT_BPF_H

/*
 * Rate limits of what is told. Whether the same was told before is known by a hash
 * of what makes it that, with a key that nobody else knows: who can choose values
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

/* Without the size that it ends with elsewhere: all that is added says itself where it ends. */
static __always_inline u64 sip_end(struct sip *v)
{
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

/* Numbers in values begin before that: abi/value.h. */
#define LIMIT_OFFSET_MAX 64

/* Values are padded to whole words. A function of its own, for the verifier looks at it once. */
__noinline int hook_hash_some(struct hook_scratch *s, u32 at, u32 end)
{
	struct sip v;

	if (!s || !within(at, HOOK_DATA_MAX))
		return 0;
	v = sip_of(s);
	for (u32 i = 0; i < HASH_BYTES && at + i < end; i += 8)
		sip_add(&v, *(u64 *)(s->data + at + i));
	keep_sip(s, &v);
	return 0;
}

/* The verifier sees no other end than that of a whole part. */
ABI_ASSERT(sizeof(struct hook_scratch) - offsetof(struct hook_scratch, slot) >= HASH_BYTES);

static __always_inline void hash_bytes(struct hook_scratch *s, u32 from, u32 end)
{
	for (u32 i = 0; i < HOOK_DATA_MAX && from + i < end; i += HASH_BYTES)
		hook_hash_some(s, from + i, end);
}

/* The file that the process executes; an inode's number may be another's later. What is told of
 * whose the socket is, is of a process whose file is not known here: each has its own. */
static __always_inline void add_binary(struct sip *v, const struct hook_scratch *s)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct inode *inode;

	if (s->record.process.pid != (u32)task->tgid) {
		sip_add(v, s->record.process.start);
		sip_add(v, (u64)s->record.process.pid << 32 | s->record.process.execs);
		return;
	}
	inode = BPF_CORE_READ(task, mm, exe_file, f_inode);
	sip_add(v, BPF_CORE_READ(inode, i_ino));
	sip_add(v,
		(u64)BPF_CORE_READ(inode, i_sb, s_dev) << 32 | BPF_CORE_READ(inode, i_generation));
}

/*
 * Whether the same was told is asked in steps: who does it, and with which action
 * of the selector (@by: of enum hook_limit_by); with which values, or which parts
 * of them; and then whether that was told.
 */
__noinline int hook_limit_begin(struct hook_scratch *s, u32 by, u32 action)
{
	struct sip v = sip_begin();

	if (!s)
		return 0;
	sip_add(&v, (u64)s->record.hook << 32 | s->record.selector);
	sip_add(&v, (u64)action << 32 | s->record.flags);
	if (by & HOOK_LIMIT_PROCESS) {
		sip_add(&v, s->record.process.start);
		sip_add(&v, (u64)s->record.process.pid << 32 |
				    (by & HOOK_LIMIT_THREAD ? s->record.tid : 0));
	}
	if (by & HOOK_LIMIT_BINARY)
		add_binary(&v, s);
	keep_sip(s, &v);
	return 0;
}

/* All that was put so far. */
__noinline int hook_limit_all(struct hook_scratch *s)
{
	if (s)
		hash_bytes(s, 0, s->used);
	return 0;
}

/* Where one of the values begins, from 0; beyond the last: where they end. */
__noinline u32 hook_find_value(struct hook_scratch *s, u32 index)
{
	u32 at = 0;

	if (!s)
		return 0;
	for (u32 i = 0; i < HOOK_LIMIT_VALUES && i < index && at < s->used; i++) {
		if (!within(at, HOOK_DATA_MAX))
			break;
		at += sizeof(struct hook_arg) + padded(((struct hook_arg *)(s->data + at))->size);
	}
	return at;
}

/* A number of that many bits in what is at @at; of more than 64 both words. */
static __always_inline void add_number(struct sip *v, const char *at, u32 offset, u32 bits)
{
	const u64 *words = (const u64 *)at;
	u64 word = words[0] >> offset % 8 * 8;

	sip_add(v, bits < 64 ? word & ((1ULL << bits) - 1) : word);
	if (bits > 64)
		sip_add(v, words[1]);
}

/* Of a value a number at @offset; with no @bits all of it. What there was no room for, or could not
 * be read, is as much the same as what is told of it. */
__noinline int hook_limit_value(struct hook_scratch *s, u32 index, u32 offset, u32 bits)
{
	u32 at = hook_find_value(s, index);
	struct hook_arg *arg;
	struct sip v;

	if (!s || at >= s->used || !within(at, HOOK_DATA_MAX) || !within(offset, LIMIT_OFFSET_MAX))
		return 0;
	arg = (void *)s->data + at;
	if (!bits) {
		hash_bytes(s, at, at + sizeof(*arg) + padded(arg->size));
		return 0;
	}
	v = sip_of(s);
	sip_add(&v, arg->status);
	if (arg->size >= offset + bits / 8)
		add_number(&v, (char *)(arg + 1) + (offset & ~7U), offset, bits);
	keep_sip(s, &v);
	return 0;
}

/*
 * Whether that was told less than @ns ago; if not, it is told now. Two CPUs
 * that ask at the same moment may both tell it.
 */
__noinline int hook_is_limited(struct hook_scratch *s, u64 ns)
{
	u64 hash, now = bpf_ktime_get_boot_ns();
	struct hook_limits *bucket;
	struct hook_limit *to;
	struct sip v;
	u32 index;

	if (!s)
		return 0;
	v = sip_of(s);
	hash = sip_end(&v);
	hash = hash ? hash : 1;
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
