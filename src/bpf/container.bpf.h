/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_CONTAINER_BPF_H
#define OCELLI_BPF_CONTAINER_BPF_H

/*
 * Whether a directory of a cgroup's path names a container: as core/container.c has
 * it. Names are in the first slot of a scratch. What loops is a function that the
 * verifier looks at by itself: else all that follows would be verified for each
 * number of turns.
 */

#include "abi/container.h"
#include "abi/hook.h"
#include "bpf/verifier.bpf.h"

/* With its NUL. What is looked for may go on behind it, in the slot. */
#define CGROUP_NAME_ROOM 256

struct cgroup_name {
	const char *s;
	u32 len;
};

static __always_inline char name_at(const char *s, u32 at)
{
	return s[at & (CGROUP_NAME_ROOM - 1)];
}

#define WORD_LEN(word) (sizeof(word) - 1)

/* The name has @word, a literal, at @at. The comparisons are in line, and with them the literal. */
#define HAS_AT(name, at, word)                                                                 \
	({                                                                                     \
		u32 _at = (at) & (CGROUP_NAME_ROOM - 1);                                       \
		bool _has = (at) + WORD_LEN(word) <= (name)->len && (at) < CGROUP_NAME_ROOM;   \
                                                                                               \
		_Pragma("unroll") for (u32 _i = 0; _i < WORD_LEN(word); _i++) if (_has) _has = \
			(name)->s[_at + _i] == (word)[_i];                                     \
		_has;                                                                          \
	})

#define BEGINS_WITH(name, word) HAS_AT(name, 0, word)
#define ENDS_WITH(name, word) HAS_AT(name, (name)->len - WORD_LEN(word), word)

/* Without jumps: the verifier would follow each. */
static __always_inline bool is_hex(char c)
{
	u32 digit = (u32)(u8)c - '0', letter = (u32)(u8)c - 'a';

	/* The highest bit is set of what is below zero, and of the complement of what is not. */
	return ((digit - 10) & ~digit) >> 31 | ((letter - 6) & ~letter) >> 31;
}

/* How many hexadecimal digits there are before @end; not more than one too many. */
__noinline u32 hook_count_hex(struct hook_scratch *s, u32 end)
{
	u32 n = 0;

	while (s && n <= CONTAINER_ID_LEN && n < end &&
	       is_hex(name_at(s->slot[0].bytes, end - 1 - n)))
		n++;
	return n;
}

/* Where the digits end that begin at @at: no more than a number can have. */
__noinline u32 hook_skip_digits(struct hook_scratch *s, u32 at)
{
	for (u32 i = 0; s && i < 20; i++, at++) {
		char c = name_at(s->slot[0].bytes, at);

		if (c < '0' || c > '9')
			break;
	}
	return at;
}

/* Behind the driver: the number of a machine, between dashes. */
static __always_inline bool has_number(struct hook_scratch *s, const struct cgroup_name *name,
				       u32 at)
{
	u32 end;

	if (HAS_AT(name, at, LIBVIRT_EMBEDDED)) {
		at += WORD_LEN(LIBVIRT_EMBEDDED) + LIBVIRT_HASH_LEN;
		if (hook_count_hex(s, at) < LIBVIRT_HASH_LEN)
			return false;
	}
	if (!HAS_AT(name, at, UNIT_DASH))
		return false;
	at += WORD_LEN(UNIT_DASH);
	end = hook_skip_digits(s, at);
	return end > at && HAS_AT(name, end, UNIT_DASH);
}

static __always_inline bool is_virtual_machine(struct hook_scratch *s,
					       const struct cgroup_name *name)
{
	u32 at = WORD_LEN(MACHINE_PREFIX);

	if (HAS_AT(name, at, "qemu"))
		return has_number(s, name, at + WORD_LEN("qemu"));
	return HAS_AT(name, at, "ch") && has_number(s, name, at + WORD_LEN("ch"));
}

static __always_inline bool names_supervisor(struct hook_scratch *s, u32 len)
{
	const struct cgroup_name name = {.s = s->slot[0].bytes, .len = len};

	return len == WORD_LEN(NSPAWN_SUPERVISOR) && BEGINS_WITH(&name, NSPAWN_SUPERVISOR);
}

/* @supervised: the next directory is that of who watches over the container. */
static __always_inline bool names_container(struct hook_scratch *s, u32 len, bool supervised)
{
	const struct cgroup_name name = {.s = s->slot[0].bytes, .len = len};
	u32 scope = ENDS_WITH(&name, MACHINE_SUFFIX) ? WORD_LEN(MACHINE_SUFFIX) : 0;
	u32 hex = hook_count_hex(s, len - scope), head = len - scope - hex;

#define IS_FORM(prefix, suffix, runtime, any)                                           \
	if (((any) ? len > WORD_LEN(prefix)                                             \
		   : head == WORD_LEN(prefix) && scope == WORD_LEN(suffix) &&           \
			     hex >= CONTAINER_ID_LEN_MIN && hex <= CONTAINER_ID_LEN) && \
	    BEGINS_WITH(&name, prefix))                                                 \
		return true;
	CONTAINER_FORMS(IS_FORM)
#undef IS_FORM
	if (scope && BEGINS_WITH(&name, MACHINE_PREFIX))
		return len > WORD_LEN(MACHINE_PREFIX MACHINE_SUFFIX) &&
		       !is_virtual_machine(s, &name);
	if (BEGINS_WITH(&name, NSPAWN_PREFIX) && ENDS_WITH(&name, NSPAWN_SUFFIX))
		return len > WORD_LEN(NSPAWN_PREFIX NSPAWN_SUFFIX) && !supervised;
	/* The id alone, or behind a colon. */
	return !scope && hex == CONTAINER_ID_LEN && (!head || name_at(name.s, head - 1) == ':');
}

#endif
