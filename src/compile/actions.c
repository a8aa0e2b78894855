// SPDX-License-Identifier: Apache-2.0
#include "compile/actions.h"
#include "compile/writes.h"
#include "abi/hook.h"
#include "abi/value.h"
#include "base/macro.h"
#include "compile/effects.h"
#include "compile/emit_stack.h"
#include "compile/limits.h"
#include "compile/planner.h"
#include "policy/action.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>

#define ERRNO_MAX 4095 /* include/linux/err.h: MAX_ERRNO */

/* --- plans */

static void plan_post(struct planner *p, const struct policy_action *a, bool on_return,
		      struct plan_limit *limits, struct plan_actions *ret)
{
	/* Elsewhere there is a warning. */
	ret->ima_hash |= a->ima_hash.v && p->hook->kind == HOOK_LSM;
	ret->kernel_stack |= a->kernel_stack.v && policy_tells_stack(p->hook->kind, false);
	ret->user_stack |= a->user_stack.v && policy_tells_stack(p->hook->kind, true);
	if (a->rate_limit_ms)
		limits[ret->n_limits++] = plan_limit(p, a, on_return);
}

static void plan_socket(struct planner *p, const struct policy_action *a,
			struct plan_socket *sockets, struct plan_actions *ret)
{
	const struct policy_args *args = &p->hook->args;
	size_t i = 0;

	while (i < args->n && args->v[i].index.v != a->sock.v)
		i++;
	/* Else the policy would not have been read. */
	if (i < args->n)
		sockets[ret->n_sockets++] =
			(struct plan_socket){i, a->action.v == ACTION_TRACK_SOCK};
}

/* One that kills comes first: where a program runs with interrupts off, as on kprobes of arm64, the
 * kernel takes only one until they are on again (kernel/trace/bpf_trace.c:
 * bpf_send_signal_common(), -EBUSY). */
static void add_signal(int signal, int *signals, struct plan_effects *done)
{
	size_t at = done->n_signals++;

	signals[at] = signal;
	if (signal == SIGKILL) {
		signals[at] = signals[0];
		signals[0] = SIGKILL;
	}
}

/* @signals has room for all of them. */
static void plan_done(const struct policy_action *a, int *signals, struct plan_effects *done)
{
	switch (a->action.v) {
	case ACTION_SIGKILL:
		add_signal(SIGKILL, signals, done);
		break;
	case ACTION_SIGNAL:
		add_signal((int)a->signal.v, signals, done);
		break;
	case ACTION_OVERRIDE:
		done->overrides = true;
		done->returned = (int)a->error.v;
		break;
	case ACTION_NOTIFY_ENFORCER:
		done->notifies = true;
		done->notice = (struct hook_notice){(int32_t)a->error.v, (uint16_t)a->signal.v, 1};
		break;
	case ACTION_CLEANUP_ENFORCER:
		/* What this selector has said, too. */
		done->notifies = false;
		done->cleans = true;
		break;
	}
}

static void plan_monitored(const struct policy_action *a, struct plan_actions *ret)
{
	static const enum hook_effect effects[] = {
		[ACTION_SIGKILL] = HOOK_EFFECT_SIGNAL,
		[ACTION_SIGNAL] = HOOK_EFFECT_SIGNAL,
		[ACTION_OVERRIDE] = HOOK_EFFECT_OVERRIDE,
		[ACTION_NOTIFY_ENFORCER] = HOOK_EFFECT_NOTIFY_ENFORCER,
		[ACTION_SET] = HOOK_EFFECT_OVERRIDE,
	};
	uint8_t *count;

	/* Nobody was notified. */
	if (a->action.v == ACTION_CLEANUP_ENFORCER)
		return;
	count = &ret->monitored[effects[a->action.v]];
	*count = (uint8_t)MIN(*count + 1, UINT8_MAX);
}

/* What is done to a process is no change of what the kernel returns. */
static bool changes_process(const struct planner *p, const struct policy_action *a)
{
	return a->action.v == ACTION_SET ||
	       (a->action.v == ACTION_OVERRIDE && p->hook->kind == HOOK_UPROBE);
}

static void plan_change(struct planner *p, const struct policy_action *a,
			struct plan_effects *effects)
{
	/* Few do. */
	struct plan_write *writes = effects->n_writes
					    ? (struct plan_write *)(uintptr_t)effects->writes
					    : TAKE(p, PLAN_WRITES_MAX, struct plan_write);

	if (!writes)
		return;
	effects->writes = writes;
	plan_write(p, a, writes, &effects->n_writes);
}

static void plan_effect(struct planner *p, const struct policy_action *a, int *signals,
			struct plan_actions *ret)
{
	if (a->monitored)
		plan_monitored(a, ret);
	else if (changes_process(p, a))
		plan_change(p, a, &ret->effects);
	else
		plan_done(a, signals, &ret->effects);
}

static void refuse_late(struct planner *p, const struct policy_action *a)
{
	struct finding *f = diagnose_error(p->diags, a->action.mark,
					   "what has returned cannot be overridden any more");

	finding_why(f, "the call has been made by then, and no program can change what it returns");
	finding_remedy(f, "write it under \"matchActions\", where the call is denied before it is "
			  "made; or Sigkill; or NotifyEnforcer, for the next of the calls that "
			  "are under spec.enforcers");
	p->refused = true;
}

/* By then the arguments are gone, and what is not told is withdrawn. */
static void refuse_on_return(struct planner *p, const struct policy_actions *from,
			     const struct plan_actions *made)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct policy_action *a = &from->v[i];

		if (a->action.v == ACTION_TRACK_SOCK || a->action.v == ACTION_UNTRACK_SOCK)
			refuse(p, a->action.mark, "this action in \"matchReturnActions\"");
		if (a->action.v == ACTION_NO_POST && made->asks_agent)
			refuse(p, a->action.mark, "this action beside another");
		if (a->action.v == ACTION_OVERRIDE && !a->monitored)
			refuse_late(p, a);
	}
}

struct plan_actions plan_actions(struct planner *p, const struct policy_actions *from,
				 bool on_return)
{
	struct plan_limit *limits = TAKE(p, from->n, struct plan_limit);
	struct plan_socket *sockets = TAKE(p, from->n, struct plan_socket);
	int *signals = TAKE(p, from->n, int);
	struct plan_actions ret = {
		.post = true, .effects.signals = signals, .limits = limits, .sockets = sockets};
	size_t posts = 0;

	for (size_t i = 0; limits && sockets && signals && i < from->n; i++) {
		const struct policy_action *a = &from->v[i];

		switch (a->action.v) {
		case ACTION_POST:
			plan_post(p, a, on_return, limits, &ret);
			posts++;
			break;
		case ACTION_NO_POST:
			ret.post = false;
			break;
		case ACTION_GET_URL:
		case ACTION_DNS_LOOKUP:
			ret.asks_agent = true;
			break;
		case ACTION_TRACK_SOCK:
		case ACTION_UNTRACK_SOCK:
			plan_socket(p, a, sockets, &ret);
			break;
		case ACTION_SIGKILL:
		case ACTION_SIGNAL:
		case ACTION_OVERRIDE:
		case ACTION_NOTIFY_ENFORCER:
		case ACTION_CLEANUP_ENFORCER:
		case ACTION_SET:
			plan_effect(p, a, signals, &ret);
			break;
		default:
			refuse(p, a->action.mark, "this action");
		}
	}
	if (on_return)
		refuse_on_return(p, from, &ret);
	/* What one of them tells is told. */
	if (ret.n_limits < posts)
		ret.n_limits = 0;
	return ret;
}

static bool track(const struct policy_actions *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].action.v == ACTION_TRACK_SOCK ||
		    v->v[i].action.v == ACTION_UNTRACK_SOCK)
			return true;
	return false;
}

bool policy_hook_tracks(const struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->selectors.n; i++)
		if (track(&hook->selectors.v[i].actions))
			return true;
	return hook->return_action >= 0;
}

const struct plan_actions *actions_of(const struct plan *plan, size_t selector, bool on_return)
{
	static const struct plan_actions post = {.post = true};
	const struct plan_selector *s;

	if (!plan->n_selectors)
		return &post;
	s = &plan->selectors[selector];
	return on_return ? &s->return_actions : &s->actions;
}

bool awaits_return(const struct plan *plan, size_t selector)
{
	const struct plan_actions *todo = actions_of(plan, selector, true);

	for (size_t i = 0; plan->tells_return && i < ARRAY_SIZE(todo->monitored); i++)
		if (todo->monitored[i])
			return true;
	return (plan->tells_return && has_effects(&todo->effects)) || plan->returned_socket;
}

bool any_awaits_return(const struct plan *plan)
{
	for (size_t i = 0; i < MAX(plan->n_selectors, 1); i++)
		if (awaits_return(plan, i))
			return true;
	return false;
}

bool has_to_act(const struct plan *plan, size_t selector)
{
	const struct plan_actions *todo = actions_of(plan, selector, false);

	return todo->asks_agent || todo->n_sockets || awaits_return(plan, selector);
}

bool plan_has_kernel_stacks(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_selectors; i++)
		if (plan->selectors[i].actions.kernel_stack ||
		    plan->selectors[i].return_actions.kernel_stack)
			return true;
	return false;
}

/* --- code */

/* So that what is to be done when the call returns is done, though nobody is told of it. */
static void emit_await(struct code *code)
{
	code_add(code, INSN_MOV_REG(R1, R7));
	code_call(code, "hook_await");
}

void emit_awaits(struct code *code, const struct plan *plan)
{
	for (size_t i = 0; i < MAX(plan->n_selectors, 1); i++) {
		struct label next = code_label(code);

		if (!awaits_return(plan, i))
			continue;
		code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR));
		code_jump_if(code, BPF_JNE, R1, (int32_t)i, next);
		emit_await(code);
		code_here(code, next);
	}
}

/* Its row is that of the CPU. @what: struct plan_counters. */
static void write_count(struct code *code, const void *what, int with)
{
	const struct plan_counters *counters = what;
	struct label none = code_label(code);

	code_add(code, INSN_MOV_REG(R6, R1), INSN_MOV_REG(R7, R2),
		 INSN(BPF_ALU64 | BPF_AND | BPF_K, R6, 0, 0, -8));
	/* It cannot be; the verifier does not know. */
	code_jump_if(code, BPF_JGT, R6, (int32_t)counters->stride - 8, none);
	code_add(code, INSN_CALL(BPF_FUNC_get_smp_processor_id),
		 INSN(BPF_ALU64 | BPF_AND | BPF_K, R0, 0, 0, (int32_t)counters->rows - 1),
		 INSN(BPF_ALU64 | BPF_MUL | BPF_K, R0, 0, 0, (int32_t)counters->stride),
		 INSN_LOAD_VALUE(R1, counters->map),
		 INSN(BPF_ALU64 | BPF_ADD | BPF_X, R1, R0, 0, 0),
		 INSN(BPF_ALU64 | BPF_ADD | BPF_X, R1, R6, 0, 0), INSN_ATOMIC_ADD(R1, 0, R7));
	code_here(code, none);
	code_add(code, INSN_RETURN(0));
}

static bool is_same_map(const void *a, const void *b)
{
	const struct plan_counters *x = a, *y = b;

	return x->map == y->map;
}

/* A function: where it is called, it seldom is, and a helper that the kernel writes out in line
 * has it move all that is behind, for each of them. */
static const struct code_late_kind count = {"policy_count", write_count, is_same_map,
					    sizeof(struct plan_counters)};

void emit_count(struct code *code, const struct plan *plan, size_t member, int32_t add)
{
	const struct plan_counters *counters = &plan->counters;

	if (!counters->n)
		return;
	code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR),
		 INSN(BPF_ALU64 | BPF_MUL | BPF_K, R1, 0, 0, sizeof(struct hook_counts)),
		 INSN_ADD(R1, (int32_t)(counters->first + member)), INSN_MOV(R2, add));
	code_call_late(code, &count, counters, 0);
}

/* What has a rate limit and was lost is not held back later for having been told. */
static void emit_forget_told(struct code *code, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_selectors; i++) {
		struct label next = code_label(code);

		if (!plan->selectors[i].actions.n_limits)
			continue;
		code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR));
		code_jump_if(code, BPF_JNE, R1, (int32_t)i, next);
		code_add(code, INSN_MOV_REG(R1, R7));
		code_call(code, "hook_forget_told");
		code_here(code, next);
	}
}

void emit_lost(struct code *code, const struct plan *plan)
{
	struct label told = code_label(code);

	/* An int: what is above it is nobody's. */
	code_add(code, INSN(BPF_ALU64 | BPF_LSH | BPF_K, R0, 0, 0, 32));
	code_jump_if(code, BPF_JEQ, R0, 0, told);
	emit_count(code, plan, offsetof(struct hook_counts, lost), 1);
	emit_forget_told(code, plan);
	emit_awaits(code, plan);
	code_here(code, told);
}

static void emit_stack(struct code *code, int32_t flags, size_t frame, unsigned which)
{
	size_t at = offsetof(struct hook_scratch, slot[HOOK_SPARE].bytes);

	code_add(code, INSN_MOV_REG(R1, R6), INSN_MOV_REG(R2, R7), INSN_ADD(R2, (int32_t)at),
		 INSN_MOV(R3, (int32_t)(HOOK_FRAMES_MAX * frame)), INSN_MOV(R4, flags),
		 INSN_CALL(BPF_FUNC_get_stack), INSN_MOV_REG(R1, R7), INSN_MOV_REG(R2, R0),
		 INSN_MOV(R3, (int32_t)which));
	code_call(code, "hook_put_stack");
}

static void emit_stacks_of(struct code *code, const struct plan_actions *todo, bool addresses)
{
	if (todo->kernel_stack)
		emit_stack(code, 0, sizeof(uint64_t), HOOK_KERNEL_STACK);
	if (!todo->user_stack)
		return;
	emit_stack(code, BPF_F_USER_STACK | BPF_F_USER_BUILD_ID, sizeof(struct hook_frame),
		   HOOK_USER_STACK);
	if (addresses)
		emit_stack(code, BPF_F_USER_STACK, sizeof(uint64_t), HOOK_USER_ADDRESSES);
}

void emit_stacks(struct code *code, const struct plan *plan, bool on_return)
{
	for (size_t i = 0; i < plan->n_selectors; i++) {
		const struct plan_actions *todo = actions_of(plan, i, on_return);
		struct label next = code_label(code);

		if (!todo->post || (!todo->kernel_stack && !todo->user_stack))
			continue;
		code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR));
		code_jump_if(code, BPF_JNE, R1, (int32_t)i, next);
		emit_stacks_of(code, todo, plan->stack_addresses);
		code_here(code, next);
	}
}

/* What it calls may read the whole file, and so sleep. */
static void emit_hash_of(struct code *code, const struct plan_file *file)
{
	size_t at = offsetof(struct hook_scratch, slot[HOOK_SPARE].bytes) +
		    offsetof(struct hook_hash, digest);
	struct label none = code_label(code);

	code->sleepable = true;
	code_add(code, INSN_LOAD(R1, R6, (int16_t)(8 * file->word)));
	code_jump_if(code, BPF_JEQ, R1, 0, none);
	if (file->is_member) {
		code_add(code, INSN_LOAD(R1, R1, (int16_t)file->offset));
		code_jump_if(code, BPF_JEQ, R1, 0, none);
	}
	code_add(code, INSN_MOV_REG(R2, R7), INSN_ADD(R2, (int32_t)at),
		 INSN_MOV(R3, sizeof(((struct hook_hash *)0)->digest)),
		 INSN_CALL(file->is_inode ? BPF_FUNC_ima_inode_hash : BPF_FUNC_ima_file_hash),
		 INSN_MOV_REG(R1, R7), INSN_MOV_REG(R2, R0));
	code_call(code, "hook_put_hash");
	code_here(code, none);
}

void emit_hash(struct code *code, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_selectors; i++) {
		const struct plan_actions *todo = actions_of(plan, i, false);
		struct label next = code_label(code);

		if (!todo->post || !todo->ima_hash)
			continue;
		code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR));
		code_jump_if(code, BPF_JNE, R1, (int32_t)i, next);
		emit_hash_of(code, &plan->hashed);
		code_here(code, next);
	}
}

/* --- sockets */

static bool is_socket(const struct capture *c)
{
	return c->reader &&
	       (c->reader->type == ARG_TYPE_SOCK || c->reader->type == ARG_TYPE_SOCKET);
}

/* What is at @offset in the scratch, into a register of an argument. */
static void load_scratch_address(struct code *code, int reg, size_t offset)
{
	code_add(code, INSN_MOV_REG((uint8_t)reg & 15, R7),
		 INSN_ADD((uint8_t)reg & 15, (int32_t)offset));
}

/* The address of the socket is in the stack, at SLOT_SIZE. */
static void emit_owner(struct code *code, const struct plan *plan, bool tracked)
{
	code_add(code, INSN_LOAD_MAP(R1, plan->owners), INSN_MOV_REG(R2, FP),
		 INSN_ADD(R2, SLOT_SIZE));
	if (tracked) {
		load_scratch_address(code, R3, offsetof(struct hook_scratch, record.process));
		code_add(code, INSN_MOV(R4, BPF_ANY), INSN_CALL(BPF_FUNC_map_update_elem));
	} else {
		code_add(code, INSN_CALL(BPF_FUNC_map_delete_elem));
	}
}

/* Those of the selectors that have something to do with it. */
static void emit_owners(struct code *code, const struct plan *plan, size_t capture, bool tracked)
{
	for (size_t i = 0; i < plan->n_selectors; i++) {
		const struct plan_actions *todo = actions_of(plan, i, false);
		struct label next = code_label(code);
		bool any = false;

		for (size_t j = 0; j < todo->n_sockets; j++)
			any |= todo->sockets[j].capture == capture &&
			       todo->sockets[j].track == tracked;
		if (!any)
			continue;
		code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR));
		code_jump_if(code, BPF_JNE, R1, (int32_t)i, next);
		emit_owner(code, plan, tracked);
		code_here(code, next);
	}
}

/* Into the record, if it is known. */
static void emit_tell_owner(struct code *code, const struct plan *plan)
{
	struct label none = code_label(code);
	const int16_t at = offsetof(struct hook_scratch, record.process);

	code_add(code, INSN_LOAD_MAP(R1, plan->owners), INSN_MOV_REG(R2, FP),
		 INSN_ADD(R2, SLOT_SIZE), INSN_CALL(BPF_FUNC_map_lookup_elem));
	code_jump_if(code, BPF_JEQ, R0, 0, none);
	for (int16_t i = 0; i < (int16_t)sizeof(struct process_key); i += 8)
		code_add(code, INSN_LOAD(R1, R0, i), INSN_STORE(R7, (int16_t)(at + i), R1));
	code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_W, R1, R0, offsetof(struct hook_owner, tid), 0),
		 INSN(BPF_STX | BPF_MEM | BPF_W, R7, R1, offsetof(struct hook_scratch, record.tid),
		      0));
	code_here(code, none);
}

void emit_socket(struct code *code, const struct plan *plan, size_t capture, int place)
{
	size_t slot =
		offsetof(struct hook_scratch, slot) + (size_t)place * sizeof(struct hook_slot);
	struct label none = code_label(code);

	if (!plan->owners || !is_socket(&plan->captures[capture]))
		return;
	load_scratch_address(code, R1, slot);
	code_add(code, INSN(BPF_LDX | BPF_MEM | BPF_W, R2, R1,
			    offsetof(struct hook_slot, arg.status), 0));
	code_jump_if(code, BPF_JNE, R2, HOOK_ARG_READ, none);
	code_add(code,
		 INSN_LOAD(R2, R1,
			   offsetof(struct hook_slot, bytes) + offsetof(struct value_sock, cookie)),
		 INSN_STORE(FP, SLOT_SIZE, R2));
	emit_owners(code, plan, capture, true);
	emit_tell_owner(code, plan);
	emit_owners(code, plan, capture, false);
	code_here(code, none);
}

void emit_returned_socket(struct code *code, const struct plan *plan, const struct backend *backend)
{
	struct label none = code_label(code);

	if (!plan->returned_socket)
		return;
	backend->load(code, backend, R1, plan->returned.place);
	/* None, or an error: no address is so high. */
	code_jump_if(code, BPF_JSGE, R1, -ERRNO_MAX, none);
	code_add(code, INSN_STORE(FP, SLOT_SIZE, R1));
	emit_owner(code, plan, plan->returned_socket == RETURNED_TRACKED);
	code_here(code, none);
}

/* --- without a post */

void emit_unposted(struct code *code, const struct plan *plan, struct label leave)
{
	for (size_t i = 0; i < plan->n_selectors; i++) {
		const struct plan_actions *todo = actions_of(plan, i, false);
		struct label next = code_label(code);

		if (todo->post || !has_to_act(plan, i))
			continue;
		code_add(code, INSN_LOAD(R1, FP, SLOT_SELECTOR));
		code_jump_if(code, BPF_JNE, R1, (int32_t)i, next);
		if (todo->asks_agent) {
			code_add(code, INSN_MOV_REG(R1, R7));
			code_call(code, "hook_post_silent");
		}
		if (awaits_return(plan, i))
			emit_await(code);
		code_jump(code, leave);
		code_here(code, next);
	}
}
