// SPDX-License-Identifier: Apache-2.0
#include "cli/top.h"
#include "base/cleanup.h"
#include "cli/message.h"
#include "filter/subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void top_init(struct top *top, bool by_process)
{
	*top = (struct top){
		.by_process = by_process, .ids.max = TOP_NAMES_MAX, .names.max = TOP_NAMES_MAX};
}

static void forget_processes(struct top *top)
{
	for (size_t i = 0; i < top->ids.n; i++)
		free(top->processes[i].binary);
	name_index_clear(&top->ids);
}

void top_done(struct top *top)
{
	forget_processes(top);
	for (size_t i = 0; i < top->names.n; i++)
		free(top->policies[i].state);
	name_index_done(&top->ids);
	name_index_done(&top->names);
	free(top->processes);
	free(top->policies);
	free(top->policies_error);
}

/* Room for one more, of @size. */
static int make_room(void **v, size_t *cap, size_t n, size_t size)
{
	size_t more = MAX(2 * *cap, (size_t)64);
	void *p;

	if (n < *cap)
		return 0;
	p = reallocarray(*v, more, size);
	if (!p)
		return -ENOMEM;
	*v = p;
	*cap = more;
	return 0;
}

static int add_process(struct top *top, const Tetragon__Process *process, bool starts)
{
	void *v = top->processes;
	size_t i;
	bool is_new;
	int r = make_room(&v, &top->cap_processes, top->ids.n, sizeof(*top->processes));

	top->processes = v;
	if (r == 0)
		r = name_index_add(&top->ids, top->by_process ? process->exec_id : process->binary,
				   &i, &is_new);
	if (r == -ENOSPC) {
		top->others++;
		return 0;
	}
	if (r < 0)
		return r;
	if (is_new)
		top->processes[i] = (struct top_process){
			.binary = strdup(process->binary),
			.pid = top->by_process && process->pid ? process->pid->value : 0,
		};
	top->processes[i].events++;
	top->processes[i].started += starts;
	return top->processes[i].binary ? 0 : -ENOMEM;
}

static void add_kind(struct top *top, unsigned kind)
{
	size_t i = 0;

	while (i < top->n_kinds && top->kinds[i].kind != kind)
		i++;
	if (i == TOP_KINDS_MAX)
		return;
	if (i == top->n_kinds)
		top->kinds[top->n_kinds++] = (struct top_kind){.kind = kind};
	top->kinds[i].events++;
}

int top_add(struct top *top, const Tetragon__GetEventsResponse *event)
{
	struct subject subject;

	if (event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_RATE_LIMIT_INFO) {
		top->lost += event->rate_limit_info->number_of_dropped_process_events;
		return 0;
	}
	top->events++;
	add_kind(top, (unsigned)event->event_case);
	subject_init(&subject, event);
	return subject.process
		       ? add_process(top, subject.process,
				     event->event_case ==
					     TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXEC)
		       : 0;
}

static int set_state(struct top_policy *p, const Tetragon__TracingPolicyStatus *status)
{
	char state[32], mode[32], *text;

	message_enum_word(&tetragon__tracing_policy_state__descriptor, (int)status->state,
			  "TP_STATE_", state, sizeof(state));
	message_enum_word(&tetragon__tracing_policy_mode__descriptor, (int)status->mode, "TP_MODE_",
			  mode, sizeof(mode));
	if (asprintf(&text, "%s, %s", state, mode) < 0)
		return -ENOMEM;
	free(p->state);
	p->state = text;
	return 0;
}

static bool began_anew(const struct top_counts *now, const struct top_counts *before)
{
	return now->posts < before->posts || now->acts < before->acts || now->lost < before->lost ||
	       now->run_ns < before->run_ns || now->runs < before->runs;
}

static int list_one(struct top *top, const Tetragon__TracingPolicyStatus *status)
{
	_cleanup_free_ char *name = NULL;
	const Tetragon__TracingPolicyActionCounters *c =
		status->stats ? status->stats->action_counters : NULL;
	void *v = top->policies;
	struct top_policy *p;
	bool is_new;
	size_t i;
	int r = make_room(&v, &top->cap_policies, top->names.n, sizeof(*top->policies));

	top->policies = v;
	if (asprintf(&name, "%s%s%s", status->namespace_, status->namespace_[0] ? "/" : "",
		     status->name) < 0)
		name = NULL;
	if (r < 0 || !name)
		return -ENOMEM;
	r = name_index_add(&top->names, name, &i, &is_new);
	if (r < 0)
		return r == -ENOSPC ? 0 : r;
	p = &top->policies[i];
	if (is_new)
		*p = (struct top_policy){0};
	p->now = (struct top_counts){.run_ns = status->run_time_ns, .runs = status->run_count};
	if (c) {
		p->now.posts = c->post;
		p->now.acts = c->signal + c->override + c->notify_enforcer + c->set;
		p->now.lost = c->lost;
	}
	/* What it did before we came is no news; nor is that one began anew. */
	if (is_new || began_anew(&p->now, &p->before))
		p->before = p->now;
	p->memory = status->kernel_memory_bytes;
	p->listed = true;
	return set_state(p, status);
}

int top_list(struct top *top, const Tetragon__ListTracingPoliciesResponse *list)
{
	int r = 0;

	for (size_t i = 0; i < top->names.n; i++)
		top->policies[i].listed = false;
	for (size_t i = 0; i < list->n_policies && r == 0; i++)
		r = list_one(top, list->policies[i]);
	return r;
}

void top_ledger(struct top *top, const Tetragon__GetHealthStatusResponse *health)
{
	for (size_t i = 0; i < LOSSES; i++) {
		top->losses[i] = losses_sum(health, &losses[i]);
		/* It began anew. */
		if (top->losses[i] < top->losses_before[i])
			top->losses_before[i] = 0;
	}
}

void top_next(struct top *top, uint64_t now)
{
	forget_processes(top);
	for (size_t i = 0; i < top->names.n; i++) {
		top->policies[i].before = top->policies[i].now;
	}
	memcpy(top->losses_before, top->losses, sizeof(top->losses));
	top->n_kinds = 0;
	top->events = top->others = top->lost = 0;
	top->before = top->now;
	top->began = now;
}
