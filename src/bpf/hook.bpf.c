// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The library that policies are linked with. What a policy filters and captures
 * is compiled when it is loaded (src/compile), down to the comparisons; what
 * takes more than that is a function here. The agent takes them from this object
 * when libbpf has fitted it to the kernel, and puts those that a policy calls
 * behind its own instructions (sensor/library.h). They are global functions: the
 * verifier looks at each once, whatever it is called with.
 */
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "abi/hook.h"
#include "bpf/hook_file.bpf.h"
#include "bpf/hook_limit.bpf.h"
#include "bpf/hook_net.bpf.h"
#include "bpf/hook_object.bpf.h"
#include "bpf/hook_process.bpf.h"
#include "bpf/hook_part.bpf.h"
#include "bpf/hook_scratch.bpf.h"
#include "bpf/hook_slot.bpf.h"
#include "bpf/hook_strings.bpf.h"
#include "bpf/hook_workload.bpf.h"
#include "bpf/identity.bpf.h"
#include "bpf/ring.bpf.h"
#include "bpf/verifier.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct hook_calls);
} hook_calls SEC(".maps");

/* Whether nothing is to be done to the process, whatever policies say: it is the agent. */
__noinline int hook_is_spared(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return is_reader((u32)task->tgid) && task->group_leader->start_boottime == reader.start;
}

/* Of 32-bit calls the number has this bit. */
#define SYSCALL_COMPAT (1ULL << 31)

__noinline int hook_read_syscall(struct hook_scratch *s, u32 place, u64 number, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);

	ALL_USED(what, size);
	if (!slot)
		return -1;
	*(u64 *)slot->bytes = number | (hook_is_compat() ? SYSCALL_COMPAT : 0);
	return slot_done(slot, sizeof(u64));
}

/* Room for one more value of @size bytes; NULL: none. */
static __always_inline struct hook_arg *next_arg(struct hook_scratch *s, u32 size)
{
	u32 used = s->used;

	s->record.args++;
	if (!within(used, HOOK_DATA_MAX) || !within(size, HOOK_DATA_MAX) ||
	    used + sizeof(struct hook_arg) + padded(size) > HOOK_DATA_MAX)
		return NULL;
	return (void *)s->data + used;
}

/* The last eight bytes of the value, which may be its head: before it is there. Equal values are
 * equal records. */
static __always_inline void clear_padding(struct hook_arg *arg, u32 size)
{
	*(u64 *)((void *)arg + padded(size)) = 0;
}

/* The verifier does not see that what is used and what is added fit together: there is as much
 * behind the values as they have room. */
ABI_ASSERT(sizeof(struct hook_scratch) - offsetof(struct hook_scratch, slot) >=
	   HOOK_DATA_MAX + sizeof(struct hook_arg));

static __always_inline int put_none(struct hook_scratch *s, u32 status)
{
	u32 used = s->used;
	struct hook_arg *arg;

	if (!within(used, sizeof(s->data) - sizeof(*arg)))
		return 0;
	arg = (void *)s->data + used;
	arg->size = 0;
	arg->status = status;
	s->used = used + sizeof(*arg);
	return 0;
}

__noinline int hook_put_integer(struct hook_scratch *s, u64 value)
{
	struct hook_arg *arg;

	if (!s)
		return 0;
	arg = next_arg(s, sizeof(u64));
	if (!arg)
		return put_none(s, HOOK_ARG_NO_ROOM);
	arg->size = sizeof(u64);
	arg->status = HOOK_ARG_READ;
	*(u64 *)(arg + 1) = value;
	s->used += sizeof(*arg) + sizeof(u64);
	return 0;
}

/* A value that is read when the call returns. */
__noinline int hook_put_later(struct hook_scratch *s)
{
	if (!s)
		return 0;
	s->record.args++;
	return put_none(s, HOOK_ARG_LATER);
}

/* A value that was read: as it was filtered, whatever it is by now. */
__noinline int hook_put(struct hook_scratch *s, u32 place)
{
	struct hook_slot *slot = slot_at(s, place);
	struct hook_arg *arg;
	u32 size;

	if (!slot)
		return 0;
	size = slot->arg.size;
	if (!within(size, sizeof(slot->bytes)))
		return 0;
	arg = next_arg(s, size);
	if (!arg)
		return put_none(s, HOOK_ARG_NO_ROOM);
	clear_padding(arg, size);
	bpf_probe_read_kernel(arg, sizeof(*arg) + size, &slot->arg);
	s->used += sizeof(*arg) + padded(size);
	return 0;
}

/* Behind the values. @size: of what bpf_get_stack() put into the spare slot; @which: HOOK_STACKS.
 */
__noinline int hook_put_stack(struct hook_scratch *s, s64 size, u32 which)
{
	struct hook_slot *slot = slot_at(s, HOOK_SPARE);

	if (!slot)
		return 0;
	s->record.flags |= which;
	if (size < 0 || size > (s64)sizeof(slot->bytes))
		slot_fault(slot);
	else
		slot_done(slot, (u32)size);
	return hook_put(s, HOOK_SPARE);
}

/* Likewise, of what bpf_ima_file_hash() put into the spare slot and says: < 0: IMA has none. */
__noinline int hook_put_hash(struct hook_scratch *s, s64 algorithm)
{
	struct hook_slot *slot = slot_at(s, HOOK_SPARE);

	if (!slot || algorithm < 0)
		return 0;
	s->record.flags |= HOOK_IMA_HASH;
	*(u64 *)slot->bytes = (u64)algorithm;
	slot_done(slot, sizeof(struct hook_hash));
	return hook_put(s, HOOK_SPARE);
}

static __always_inline void begin(struct record_hook *to, u32 hook, u32 selector)
{
	struct task_struct *task = bpf_get_current_task_btf();

	to->record.type = RECORD_HOOK;
	to->record.time = bpf_ktime_get_boot_ns();
	key_of(&to->process, task);
	to->tid = (u32)task->pid;
	to->hook = hook;
	to->selector = selector;
	to->args = 0;
	to->flags = 0;
}

/* Before the values. */
__noinline int hook_begin(struct hook_scratch *s, u32 hook, u32 selector)
{
	if (!s)
		return 0;
	begin(&s->record, hook, selector);
	s->used = 0;
	return 0;
}

/* Remembers the call. @untold: 0 or HOOK_UNTOLD. Returns whether it could. */
static __always_inline bool push_call(const struct hook_scratch *s, u32 untold)
{
	struct hook_calls *calls = bpf_task_storage_get(&hook_calls, bpf_get_current_task_btf(), 0,
							BPF_LOCAL_STORAGE_GET_F_CREATE);
	u32 n;

	if (!calls)
		return false;
	n = calls->n;
	if (n >= HOOK_CALLS) {
		/* One by one: all at once they would go over the stack, of which the programs that
		 * call this need half. */
#pragma clang loop unroll(disable)
		for (u32 i = 0; i + 1 < HOOK_CALLS; i++) {
			calls->v[i] = calls->v[i + 1];
			asm volatile("" ::: "memory");
		}
		n = HOOK_CALLS - 1;
	}
	calls->v[n].time = s->record.record.time;
	calls->v[n].hook = s->record.hook;
	calls->v[n].selector = s->record.selector | untold;
	__builtin_memcpy(calls->v[n].kept, s->kept, sizeof(s->kept));
	calls->n = n + 1;
	return true;
}

/* The innermost call of that hook; its index in *ret. */
static __always_inline struct hook_calls *find_call(u32 hook, u32 *ret)
{
	struct hook_calls *calls =
		bpf_task_storage_get(&hook_calls, bpf_get_current_task_btf(), 0, 0);

	if (!calls)
		return NULL;
	for (u32 i = 0; i < HOOK_CALLS; i++) {
		u32 at = (HOOK_CALLS - 1) - i;

		if (at < calls->n && calls->v[at].hook == hook) {
			*ret = at;
			return calls;
		}
	}
	return NULL;
}

/* What is being returned from: 1 + the selector that matched, or 0 when nobody waits for it. */
__noinline int hook_called(u32 hook)
{
	u32 at;
	struct hook_calls *calls = find_call(hook, &at);

	return calls ? 1 + (int)(calls->v[at % HOOK_CALLS].selector & ~HOOK_UNTOLD) : 0;
}

/* Before the value that is returned, when hook_called() knows the call; forgets it, and those in it
 * that nobody saw return. The record is silent when the call was not told of. */
__noinline int hook_begin_return(struct hook_scratch *s, u32 hook)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_calls *calls;
	u32 at;

	if (!s)
		return 0;
	calls = find_call(hook, &at);
	if (!calls)
		return 0;
	at %= HOOK_CALLS;
	s->record.record.type = RECORD_HOOK;
	s->record.record.time = calls->v[at].time;
	key_of(&s->record.process, task);
	s->record.tid = (u32)task->pid;
	s->record.hook = hook;
	s->record.selector = calls->v[at].selector & ~HOOK_UNTOLD;
	s->record.args = 0;
	s->record.flags = HOOK_RETURNED;
	if (calls->v[at].selector & HOOK_UNTOLD)
		s->record.flags |= HOOK_SILENT;
	s->used = 0;
	__builtin_memcpy(s->kept, calls->v[at].kept, sizeof(s->kept));
	calls->n = at;
	return 0;
}

static __always_inline long write_record(struct record_hook *record, u32 size)
{
	struct cpu_state *cpu = get_cpu_state();
	long r;

	if (!cpu)
		return -1;
	if (reader.gone)
		return 0;
	if (is_reader(record->process.pid)) {
		cpu->ledger.own_hooks++;
		return 0;
	}
	cpu->ledger.produced[RECORD_HOOK]++;
	r = bpf_ringbuf_output(&ring, record, size, wake_flags());
	if (r)
		cpu->ledger.full[RECORD_HOOK]++;
	else
		wake_waiting();
	return r;
}

/* A record of nothing but @n numbers, at once: written where it is read. Returns -1 when the ring
 * has no room. */
static __always_inline int tell_numbers(const u64 *numbers, u32 n, u32 hook, u32 selector)
{
	struct cpu_state *cpu = get_cpu_state();
	struct {
		struct record_hook head;
		struct {
			struct hook_arg arg;
			u64 number;
		} args[];
	} *to;

	if (!numbers || !cpu || reader.gone)
		return 0;
	if (is_reader((u32)bpf_get_current_task_btf()->tgid)) {
		cpu->ledger.own_hooks++;
		return 0;
	}
	cpu->ledger.produced[RECORD_HOOK]++;
	to = bpf_ringbuf_reserve(&ring, sizeof(to->head) + n * sizeof(to->args[0]), 0);
	if (!to) {
		cpu->ledger.full[RECORD_HOOK]++;
		return -1;
	}
	begin(&to->head, hook, selector);
	to->head.record.size = sizeof(to->head) + n * sizeof(to->args[0]);
	to->head.args = n;
	for (u32 i = 0; i < n; i++) {
		to->args[i].arg.size = sizeof(u64);
		to->args[i].arg.status = HOOK_ARG_READ;
		to->args[i].number = numbers[i];
	}
	bpf_ringbuf_submit(to, wake_flags());
	wake_waiting();
	return 0;
}

/* One for each how many, since what is reserved has to be a constant. */
#define TELL_NUMBERS(n)                                                                        \
	struct hook_numbers_##n {                                                              \
		u64 v[(n) ? (n) : 1];                                                          \
	};                                                                                     \
	__noinline int hook_tell_##n(struct hook_numbers_##n *numbers, u32 hook, u32 selector) \
	{                                                                                      \
		return tell_numbers(numbers ? numbers->v : NULL, n, hook, selector);           \
	}

HOOK_EACH_NUMBERS(TELL_NUMBERS)

static __always_inline long post(struct hook_scratch *s)
{
	u32 used = s->used;

	if (!within(used, HOOK_DATA_MAX))
		return -1;
	s->record.record.size = sizeof(s->record) + used;
	return write_record(&s->record, sizeof(s->record) + used);
}

/* Returns 0, or what is negative when the ring has no room. */
__noinline int hook_post(struct hook_scratch *s)
{
	return s ? (int)post(s) : 0;
}

/* The same for a call whose return is to be told as well. */
__noinline int hook_post_call(struct hook_scratch *s)
{
	struct hook_calls *calls;
	u32 at;
	long r;

	if (!s)
		return 0;
	if (push_call(s, 0))
		s->record.flags |= HOOK_CALLED;
	r = post(s);
	if (r == 0)
		return 0;
	/* What was lost is not told of when it returns, either. */
	calls = find_call(s->record.hook, &at);
	if (calls && s->record.flags & HOOK_CALLED)
		calls->n = at % HOOK_CALLS;
	return (int)r;
}

/* What only the agent is to know of. */
__noinline int hook_post_silent(struct hook_scratch *s)
{
	if (!s)
		return 0;
	s->record.flags |= HOOK_SILENT;
	post(s);
	return 0;
}

/* The call is not told of, but when it returns there is something to do. */
__noinline int hook_await(struct hook_scratch *s)
{
	if (s)
		push_call(s, HOOK_UNTOLD);
	return 0;
}

/* The value does not match, or is over a limit: what was told of the call is not to be told on.
 * Returns 0, or what is negative when the ring has no room to say so. */
__noinline int hook_withdraw(struct hook_scratch *s)
{
	if (!s)
		return 0;
	s->record.flags = HOOK_RETURNED | HOOK_WITHDRAWN;
	s->record.args = 0;
	s->used = 0;
	return (int)post(s);
}

/* The type of the functions that the policies' programs bring with them. */
static __noinline int policy_function(u64 *ctx)
{
	barrier_var(ctx);
	return 0;
}

/* Likewise, of those that are verified once for all that call them. */
__noinline int policy_classify(struct hook_scratch *s)
{
	barrier_var(s);
	return 0;
}

__noinline int policy_find(struct hook_scratch *s, u64 length)
{
	barrier_var(s);
	barrier_var(length);
	return 0;
}

__noinline u64 policy_verdict(u32 word, u64 since)
{
	barrier_var(word);
	barrier_var(since);
	return 0;
}

__noinline int policy_count(u64 offset, u64 add)
{
	barrier_var(offset);
	barrier_var(add);
	return 0;
}

/* Never attached: what the functions are taken from, and whose type the policies' programs have. */
SEC("library")
int hook_library(u64 *ctx)
{
	u32 index = hook_enter() + policy_function(ctx);
	struct hook_scratch *s;

	s = bpf_map_lookup_elem(&hook_scratch, &index);
	if (!s)
		return 0;
	hook_begin(s, ctx[0], ctx[1]);
	hook_put_integer(s, ctx[0]);
	hook_read_text(s, 0, ctx[0], ctx[1], 0);
	hook_read_bytes(s, 0, ctx[0], ctx[1], 0);
	hook_read_word(s, 0, ctx[0], ctx[1], 0);
	hook_read_syscall(s, 0, ctx[0], ctx[1], 0);
	hook_read_file(s, 0, ctx[0], ctx[1], 0);
	hook_read_address(s, 0, ctx[0], ctx[1], 0);
	hook_read_unix(s, 0, ctx[0], ctx[1], 0);
	hook_read_socket(s, 0, ctx[0], ctx[1], 0);
	hook_read_skb(s, 0, ctx[0], ctx[1], 0);
	hook_read_cred(s, 0, ctx[0], ctx[1], 0);
	hook_read_user_ns(s, 0, ctx[0], ctx[1], 0);
	hook_read_module(s, 0, ctx[0], ctx[1], 0);
	hook_read_bpf_attr(s, 0, ctx[0], ctx[1], 0);
	hook_read_bpf_prog(s, 0, ctx[0], ctx[1], 0);
	hook_read_bpf_map(s, 0, ctx[0], ctx[1], 0);
	hook_read_perf_event(s, 0, ctx[0], ctx[1], 0);
	hook_keep(s, 0, ctx[0]);
	hook_lost(s, 0, ctx[0]);
	hook_put(s, 0);
	hook_put_part(s, ctx[0], ctx[1], ctx[0]);
	hook_put_parts(s, 0, ctx[0], ctx[1]);
	hook_put_later(s);
	hook_cut_bytes(s, 0, ctx[0]);
	hook_find(s, ctx[0], ctx[1], ctx[0], ctx[1]);
	hook_is_compat();
	hook_is_spared();
	hook_nspid();
	hook_namespace(ctx[0]);
	hook_capabilities(ctx[0]);
	hook_user(ctx[0]);
	hook_is_host();
	hook_in_scope((u32)ctx[0]);
	hook_verdict(ctx[0], ctx[1]);
	hook_learn(s, ctx[0], ctx[1], ctx[0]);
	hook_learn_more(s, ctx[0]);
	hook_begin_strings(s, ctx[0]);
	hook_some_strings(s);
	hook_learnt(s);
	hook_is_process(ctx[0]);
	hook_pid_of(ctx[0], ctx[1]);
	hook_inherit(&s->learning.verdicts);
	hook_take_baseline((void *)s->data, ctx[0]);
	hook_begin_baseline();
	hook_namespace_changes(ctx[0]);
	hook_capability_changes(ctx[0]);
	hook_renew_baseline(ctx[0]);
	policy_classify(s);
	policy_find(s, ctx[0]);
	policy_verdict(ctx[0], ctx[1]);
	policy_count(ctx[0], ctx[1]);
	hook_limit_begin(s, ctx[0], ctx[1]);
	hook_limit_all(s);
	hook_limit_value(s, ctx[0], ctx[1], ctx[0]);
	if (hook_is_limited(s, ctx[0]))
		hook_suppress(s);
	hook_forget_told(s);
	hook_put_stack(s, ctx[0], ctx[1]);
	hook_put_hash(s, ctx[0]);
#define USE_TELL(n) hook_tell_##n((void *)s->data, ctx[0], ctx[1]);
	HOOK_EACH_NUMBERS(USE_TELL)
	hook_post(s);
	hook_post_silent(s);
	hook_await(s);
	hook_post_call(s);
	hook_withdraw(s);
	if (hook_called(ctx[0]))
		hook_begin_return(s, ctx[0]);
	hook_leave(index);
	kernel_preempt_disable();
	kernel_preempt_enable();
	return 0;
}
