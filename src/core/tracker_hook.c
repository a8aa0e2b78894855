// SPDX-License-Identifier: Apache-2.0
/* Hits of hooks, and what of them waits: for parts, for returns, for the walk over the tasks. */
#include "core/tracker_state.h"
#include "base/macro.h"

#include <stdlib.h>

/* Hits of hooks that wait for the walk to report their processes, in bytes. Those that come after
 * are told at once, of a process that is not known. */
#define WAITING_MAX (4 << 20)

struct process *tracker_find_hit(struct tracker *t, const struct process_key *key)
{
	/* What the idle task of each CPU runs is all the kernel's. */
	static const struct process_key kernel;
	struct process *p = table_find(t->table, key->pid ? key : &kernel);

	if (p)
		return p;
	/* In the middle of its execve(2) it is what it was; unless what it has become since was not
	 * told of. */
	p = table_find_process(t->table, key);
	if (p && t->config.lossy && t->config.lossy(t->config.userdata))
		return NULL;
	return p;
}

static void count_truncated(struct tracker *t, const struct record_hook *record)
{
	struct hook_args args;
	struct hook_bytes v;

	hook_args_init(&args, record);
	while (hook_args_next(&args, &v))
		t->ledger->truncated +=
			v.status == HOOK_ARG_TRUNCATED || v.status == HOOK_ARG_NO_ROOM;
}

void tracker_tell(struct tracker *t, struct process *p, const struct event *event)
{
	if (p && tracker_unannounced(p))
		tracker_announce(t, p);
	if (p)
		table_touch(t->table, p);
	if (event->parent)
		table_touch(t->table, event->parent);
	tracker_emit(t, event);
}

/* Also of a process that the table does not have. */
static void tell_hit(struct tracker *t, const struct hook *hook, const struct record_hook *record,
		     const struct record_hook *returned, struct process *p)
{
	struct process stranger = {
		.key = record->process,
		.time = record->process.start,
		.flags = PROCESS_STRANGER,
	};
	struct event event = {
		.type = hook->type,
		.time = record->record.time,
		.process = p ? p : &stranger,
		.parent = p ? tracker_parent(t, &p->parent) : NULL,
		.hook = hook,
		.hit = record,
		.returned = returned,
	};

	count_truncated(t, record);
	if (returned)
		count_truncated(t, returned);
	tracker_tell(t, p, &event);
}

/* Keeps a copy. Returns whether it could. */
static bool wait_for_report(struct tracker *t, const struct record_hook *record)
{
	if (t->waiting.len + record->record.size > WAITING_MAX ||
	    !str_reserve(&t->waiting, record->record.size)) {
		t->waiting.failed = false;
		return false;
	}
	str_append(&t->waiting, record, record->record.size);
	return true;
}

/* The process has to be reported first; then the records are taken again. */
static bool is_too_early(const struct tracker *t, const struct process *p)
{
	return t->scanning && (!p || !p->image);
}

/* Forgets a call, and counts what became of its record. */
static void end_call(struct tracker *t, struct call *call, enum outcome outcome)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_HOOK];

	counts[OUTCOME_PENDING]--;
	counts[outcome]++;
	calls_remove(&t->calls, call);
}

/* A call that never returned, or not yet when there was no more room for it. */
static void tell_unreturned(struct tracker *t, struct call *call)
{
	const struct hook *hook = hooks_find(t->config.hooks, call->record.hook);

	if (hook)
		tell_hit(t, hook, &call->record, NULL, tracker_find_hit(t, &call->record.process));
	end_call(t, call, hook ? OUTCOME_EVENT : OUTCOME_LATE);
}

void tracker_end_hooks(struct tracker *t)
{
	list_for_each (item, &t->calls.ages) {
		struct call *call = container_of(item, struct call, age);
		const struct hook *hook = hooks_find(t->config.hooks, call->record.hook);

		if (!hook || *hook->ends)
			tell_unreturned(t, call);
	}
}

void tracker_end_calls(struct tracker *t, const struct process_key *process)
{
	struct call *call;

	while ((call = calls_of(&t->calls, process)))
		tell_unreturned(t, call);
}

void tracker_end_all_calls(struct tracker *t)
{
	while (!list_empty(&t->calls.ages))
		tell_unreturned(t, container_of(t->calls.ages.next, struct call, age));
}

static enum outcome on_call(struct tracker *t, const struct record_hook *record)
{
	struct call *oldest;

	while ((oldest = calls_surplus(&t->calls, record->record.size)))
		tell_unreturned(t, oldest);
	return calls_add(&t->calls, record) < 0 ? OUTCOME_NO_MEMORY : OUTCOME_PENDING;
}

static enum outcome on_return(struct tracker *t, const struct hook *hook,
			      const struct record_hook *record)
{
	struct call *call = calls_find(&t->calls, record);
	struct process *p;

	if (!call)
		return OUTCOME_UNUSED;
	if (record->flags & HOOK_WITHDRAWN) {
		end_call(t, call, OUTCOME_WITHDRAWN);
		return OUTCOME_ABSORBED;
	}
	p = tracker_find_hit(t, &call->record.process);
	if (is_too_early(t, p) && wait_for_report(t, &call->record)) {
		calls_remove(&t->calls, call);
		/* Without it the call never returned. */
		return wait_for_report(t, record) ? OUTCOME_PENDING : OUTCOME_NO_MEMORY;
	}
	tell_hit(t, hook, &call->record, record, p);
	end_call(t, call, OUTCOME_EVENT);
	return OUTCOME_ABSORBED;
}

/* What was asked for is done, whatever becomes of the record. */
static void act(struct tracker *t, const struct hook *hook, const struct record_hook *record)
{
	const struct hook_actions *actions = hook_actions_of(hook, record);

	if (actions && actions->n_requests && !(record->flags & HOOK_WITHDRAWN))
		t->config.act(t->config.userdata, actions);
}

enum outcome tracker_on_part(struct tracker *t, const struct record_part *part)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_PART];

	while (parts_full(&t->parts)) {
		parts_drop(&t->parts);
		counts[OUTCOME_PENDING]--;
		counts[OUTCOME_UNUSED]++;
	}
	return parts_add(&t->parts, part) < 0 ? OUTCOME_NO_MEMORY : OUTCOME_PENDING;
}

/* The record with its parts, which the caller frees; NULL: it has none, or there is no memory. */
static struct record_hook *join_parts(struct tracker *t, const struct record_hook *record)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_PART];
	struct record_hook *joined = NULL;
	size_t unused = 0;
	int n;

	/* Nearly always. */
	if (t->parts.n == 0)
		return NULL;
	n = parts_join(&t->parts, record, &joined, &unused);
	if (n < 0)
		return NULL;
	counts[OUTCOME_PENDING] -= (size_t)n + unused;
	counts[OUTCOME_ABSORBED] += (size_t)n;
	counts[OUTCOME_UNUSED] += unused;
	return joined;
}

static enum outcome on_hook(struct tracker *t, const struct record_hook *record)
{
	struct hooks *hooks = t->config.hooks;
	const struct hook *hook = hooks ? hooks_find(hooks, record->hook) : NULL;
	struct process *p;

	if (!hook)
		return hooks && hooks_gone(hooks, record->hook) ? OUTCOME_LATE : OUTCOME_MALFORMED;
	if (!hook_fits(hook, record))
		return OUTCOME_MALFORMED;
	if (!t->retaking)
		hook_count_post(hook, record);
	if (t->config.act && !t->retaking)
		act(t, hook, record);
	if (record->flags & HOOK_SILENT)
		return OUTCOME_ABSORBED;
	if (record->flags & HOOK_RETURNED)
		return on_return(t, hook, record);
	if (record->flags & HOOK_CALLED)
		return on_call(t, record);
	p = tracker_find_hit(t, &record->process);
	if (is_too_early(t, p) && wait_for_report(t, record))
		return OUTCOME_PENDING;
	tell_hit(t, hook, record, NULL, p);
	return OUTCOME_EVENT;
}

enum outcome tracker_on_hook(struct tracker *t, const struct record_hook *record)
{
	struct record_hook *joined = join_parts(t, record);
	enum outcome outcome = on_hook(t, joined ? joined : record);

	free(joined);
	return outcome;
}

void tracker_retake(struct tracker *t)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_HOOK];
	const struct record_hook *record;

	t->retaking = true;
	for (size_t at = 0; at < t->waiting.len; at += record->record.size) {
		record = (const void *)(t->waiting.data + at);
		counts[OUTCOME_PENDING]--;
		counts[on_hook(t, record)]++;
	}
	t->retaking = false;
	str_free(&t->waiting);
}
