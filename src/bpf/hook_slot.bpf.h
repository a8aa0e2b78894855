/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_SLOT_BPF_H
#define OCELLI_BPF_HOOK_SLOT_BPF_H

/*
 * Values of hooks that are no plain numbers. Each kind has one function, all of
 * one shape: hook_read_X(scratch, place, value, what, size) reads what the
 * argument @value stands for into the slot at @place, laid out as abi/value.h
 * says. It returns the length of what varies in size, without a NUL, or -1:
 * could not be read; the slot says so, too. hook_put() takes it into the record.
 *
 * Nothing here needs to know what kind of program it is in: pointers are plain
 * numbers, and what is behind them is read, never followed.
 */

#include "abi/hook.h"
#include "bpf/ring.bpf.h"
#include "bpf/user_string.bpf.h"
#include "bpf/verifier.bpf.h"

/* Of what a function does not look at, the compiler would not set the register where it is called,
 * and then the verifier refuses the call. */
#define ALL_USED(what, size) asm volatile("" ::"r"(what), "r"(size))

static __always_inline struct hook_slot *slot_at(struct hook_scratch *s, u32 place)
{
	if (!s || !within(place, HOOK_SPARE))
		return NULL;
	return &s->slot[place];
}

__noinline int hook_unread(void)
{
	struct cpu_state *state = get_cpu_state();

	if (state)
		state->ledger.unread++;
	return 0;
}

static __always_inline int slot_fault(struct hook_slot *slot)
{
	slot->arg.size = 0;
	slot->arg.status = HOOK_ARG_FAULT;
	hook_unread();
	return -1;
}

/* @size bytes are there. */
static __always_inline int slot_done(struct hook_slot *slot, u32 size)
{
	slot->arg.size = size;
	slot->arg.status = HOOK_ARG_READ;
	return 0;
}

/* On the way to it something could not be read. */
__noinline int hook_lost(struct hook_scratch *s, u32 place, u64 depth)
{
	struct hook_slot *slot = slot_at(s, place);

	if (!slot)
		return -1;
	((struct hook_lost *)slot->bytes)->depth = depth;
	slot->arg.size = sizeof(struct hook_lost);
	slot->arg.status = HOOK_ARG_LOST;
	hook_unread();
	return -1;
}

/* A number that was found somewhere in memory. */
__noinline int hook_keep(struct hook_scratch *s, u32 place, u64 number)
{
	struct hook_slot *slot = slot_at(s, place);

	if (!slot)
		return -1;
	*(u64 *)slot->bytes = number;
	return slot_done(slot, sizeof(u64));
}

/* Addresses of the kernel are those whose highest bit is set: x86-64 and arm64, with any number of
 * levels of page tables. */
static __always_inline bool is_kernel_address(u64 p)
{
	return (s64)p < 0;
}

/* Of an object of the kernel; arguments of system calls are none, whatever they look like. */
static __always_inline bool is_object(const struct hook_scratch *s, u64 p)
{
	return is_kernel_address(p) && s->kernel_pointers;
}

/* Whosever memory the pointer is of. */
static __always_inline long read_memory(const struct hook_scratch *s, void *to, u32 size, u64 from)
{
	if (!is_kernel_address(from))
		return bpf_probe_read_user(to, size, (void *)from);
	if (!s->kernel_pointers)
		return -1;
	return bpf_probe_read_kernel(to, size, (void *)from);
}

/* Returns the length with the NUL. Of an empty string some kernels say 0 (mm/maccess.c:
 * strncpy_from_user_nofault(), seen on 6.1). */
static __always_inline long read_string(const struct hook_scratch *s, void *to, u32 size, u64 from)
{
	long n = -1;

	if (!is_kernel_address(from))
		n = read_user_string(to, size, from);
	else if (s->kernel_pointers)
		n = bpf_probe_read_kernel_str(to, size, (void *)from);
	return n == 0 ? 1 : n;
}

/* --- strings */

__noinline int hook_read_text(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	u32 max = HOOK_STRING_MAX;
	long n;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	if (what != HOOK_TEXT_STRING && !is_object(s, from))
		return slot_fault(slot);
	if (what == HOOK_TEXT_NET_DEVICE)
		from += bpf_core_field_offset(struct net_device, name);
	else if (what == HOOK_TEXT_FILENAME)
		from = (u64)BPF_CORE_READ((struct filename *)from, name);
	/* An array of characters need not have a NUL. */
	if (size && size < HOOK_STRING_MAX)
		max = (u32)size + 1;
	if (!within(max, HOOK_STRING_MAX))
		return slot_fault(slot);
	n = read_string(s, slot->bytes, max, from);
	if (n < 0 || n > HOOK_STRING_MAX)
		return slot_fault(slot);
	slot->arg.size = (u32)n;
	slot->arg.status = n == HOOK_STRING_MAX ? HOOK_ARG_TRUNCATED : HOOK_ARG_READ;
	return (int)n - 1;
}

/*
 * Looking for a string in another. The kernel has a function for that since 6.17
 * (bpf_strnstr), and would have to be asked for it; this is in three, each
 * verified once: one comparison, some places, all places.
 */
#define FIND_PLACES 64

static __always_inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Whether the needle is at @at in the scratch. */
__noinline int hook_is_at(struct hook_scratch *s, u64 at, u32 len, u32 any_case)
{
	const char *in = (const char *)s;

	if (!s || !within(at, sizeof(*s) - HOOK_NEEDLE_MAX))
		return 0;
	in += at;
	for (u32 i = 0; i < HOOK_NEEDLE_MAX && i < len; i++)
		if ((any_case ? lower(in[i]) : in[i]) != s->needle[i])
			return 0;
	return 1;
}

__noinline int hook_find_some(struct hook_scratch *s, u64 at, u32 places, u32 len, u32 any_case)
{
	for (u32 i = 0; i < FIND_PLACES && i < places; i++)
		if (hook_is_at(s, at + i, len, any_case))
			return 1;
	return 0;
}

/* Whether the needle is in the @size bytes at @at in the scratch. */
__noinline int hook_find(struct hook_scratch *s, u64 at, u64 size, u32 len, u32 any_case)
{
	u64 places = size - len + 1;

	if (size > HOOK_STRING_MAX || len > size)
		return 0;
	for (u32 i = 0; i < HOOK_STRING_MAX && i < places; i += FIND_PLACES)
		if (hook_find_some(s, at + i, places - i, len, any_case))
			return 1;
	return 0;
}

/* --- bytes */

/*
 * Appends to the bytes in a slot, as far as there is room. Its own function, for
 * the verifier looks at it once, not once for each part of a vector. It cannot
 * see that what is there and what comes together fit; behind the last slot there
 * is as much as that again.
 */
__noinline int hook_add_bytes(struct hook_scratch *s, u32 place, u64 from, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct value_bytes *head;
	u32 used, n;

	if (!slot)
		return -1;
	head = (void *)slot->bytes;
	head->size += size;
	used = slot->arg.size;
	if (!within(used, sizeof(slot->bytes)))
		return -1;
	n = sizeof(slot->bytes) - used;
	if (size < n)
		n = (u32)size;
	if (n == 0 || !within(n, HOOK_STRING_MAX))
		return 0;
	if (read_memory(s, slot->bytes + used, n, from))
		return -1;
	slot->arg.size = used + n;
	return 0;
}

ABI_ASSERT(sizeof(struct hook_walk) >= HOOK_STRING_MAX);

/* Whether the system call that the task is in is of the 32-bit table. */
__noinline int hook_is_compat(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	/* arch/x86/include/asm/thread_info.h: TS_COMPAT; arch/arm64: TIF_32BIT */
	if (bpf_core_field_exists(task->thread_info.status))
		return task->thread_info.status >> 1 & 1;
	return task->thread_info.flags >> 22 & 1;
}

/* include/uapi/linux/uio.h: more make the system call fail */
#define UIO_MAXIOV 1024
#define PARTS 32

/* include/linux/compat.h: struct compat_iovec */
struct compat_part {
	u32 base, len;
};

static __always_inline u32 part_size(const struct hook_scratch *s)
{
	return s->compat ? sizeof(struct compat_part) : sizeof(struct iovec);
}

/* Some parts of a vector. */
__noinline int hook_add_parts(struct hook_scratch *s, u32 place, u64 from, u64 n)
{
	struct iovec part;

	if (!s)
		return -1;
	for (u32 i = 0; i < PARTS && i < n; i++) {
		if (read_memory(s, &part, part_size(s), from + i * part_size(s)))
			return -1;
		if (s->compat) {
			struct compat_part narrow = *(struct compat_part *)&part;

			part.iov_base = (void *)(u64)narrow.base;
			part.iov_len = narrow.len;
		}
		if (hook_add_bytes(s, place, (u64)part.iov_base, part.iov_len))
			return -1;
	}
	return 0;
}

static __always_inline int add_parts(struct hook_scratch *s, u32 place, u64 from, u64 n)
{
	for (u32 i = 0; i < UIO_MAXIOV && i < n; i += PARTS)
		if (hook_add_parts(s, place, from + i * part_size(s), n - i))
			return -1;
	return 0;
}

/* Of a call whose function both tables have (arm64), only the task knows whose structures they are.
 */
static __always_inline int add_vector(struct hook_scratch *s, u32 place, u64 from, u64 n)
{
	if (!s->kernel_pointers && hook_is_compat())
		s->compat = 1;
	return add_parts(s, place, from, n);
}

/* lib/iov_iter.c; ->iter_type since 5.14, ITER_UBUF since 6.0 */
static __always_inline int add_iter(struct hook_scratch *s, u32 place, struct iov_iter *iter)
{
	u64 skip = BPF_CORE_READ(iter, iov_offset), n = BPF_CORE_READ(iter, nr_segs);
	struct iovec part;
	u64 parts;
	u8 type;

	if (!bpf_core_field_exists(iter->iter_type))
		return -1;
	type = BPF_CORE_READ(iter, iter_type);
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	    type == bpf_core_enum_value(enum iter_type, ITER_UBUF))
		return hook_add_bytes(s, place, (u64)BPF_CORE_READ(iter, ubuf) + skip,
				      BPF_CORE_READ(iter, count));
	if (type != bpf_core_enum_value(enum iter_type, ITER_IOVEC) &&
	    type != bpf_core_enum_value(enum iter_type, ITER_KVEC))
		return -1;
	if (bpf_core_field_exists(struct iov_iter___old, iov))
		parts = (u64)BPF_CORE_READ((struct iov_iter___old *)iter, iov);
	else
		parts = (u64)BPF_CORE_READ(iter, __iov);
	if (n == 0)
		return 0;
	if (read_memory(s, &part, sizeof(part), parts) || skip > part.iov_len)
		return -1;
	if (hook_add_bytes(s, place, (u64)part.iov_base + skip, part.iov_len - skip))
		return -1;
	return add_parts(s, place, parts + sizeof(part), n - 1);
}

/* @size: of a buffer in bytes, of a vector in parts */
__noinline int hook_read_bytes(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct value_bytes *head;
	int r;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	head = (void *)slot->bytes;
	head->size = 0;
	slot_done(slot, sizeof(*head));
	if (what == HOOK_BYTES_BUFFER)
		r = hook_add_bytes(s, place, from, size);
	else if (what == HOOK_BYTES_IOVEC)
		r = add_vector(s, place, from, size);
	else
		r = is_object(s, from) ? add_iter(s, place, (void *)from) : -1;
	if (r < 0)
		return slot_fault(slot);
	size = slot->arg.size - sizeof(*head);
	if (size < head->size)
		slot->arg.status = HOOK_ARG_TRUNCATED;
	return (int)size;
}

/* Of the bytes in a slot so many are meant: a vector has more room than was returned. */
__noinline int hook_cut_bytes(struct hook_scratch *s, u32 place, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct value_bytes *head;

	if (!slot || slot->arg.status == HOOK_ARG_FAULT)
		return -1;
	head = (void *)slot->bytes;
	if (size >= head->size)
		return 0;
	head->size = size;
	if (size + sizeof(*head) > slot->arg.size)
		return 0;
	return slot_done(slot, sizeof(*head) + (u32)size);
}

/* --- numbers that are pointed to */

__noinline int hook_read_word(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);

	ALL_USED(what, size);
	if (!slot)
		return -1;
	if (read_memory(s, slot->bytes, sizeof(u64), from))
		return slot_fault(slot);
	return slot_done(slot, sizeof(u64));
}

#endif
