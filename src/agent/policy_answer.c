// SPDX-License-Identifier: Apache-2.0
#include "agent/answer.h"
#include "agent/policy_answer.h"
#include "agent/policy_counts.h"
#include "agent/policy_entry.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)POLICY_STATE_PARTIALLY_ENABLED ==
			      (int)TETRAGON__TRACING_POLICY_STATE__TP_STATE_PARTIALLY_ENABLED &&
		      (int)POLICY_STATUS_MODE_MONITOR_ONLY ==
			      (int)TETRAGON__TRACING_POLICY_MODE__TP_MODE_MONITOR_ONLY &&
		      (int)HOOK_STATE_PARTIAL_CALL_NOT_FOUND ==
			      (int)TETRAGON__HOOK_STATE__STATUS_PARTIAL_CALL_NOT_FOUND,
	      "states, modes and hooks' states have the schema's numbers");

static void set_counters(Tetragon__TracingPolicyActionCounters *to,
			 const struct selector_counts *counts, bool extended)
{
	const struct hook_counts *kernel = &counts->kernel;

	tetragon__tracing_policy_action_counters__init(to);
	to->post = counts->post;
	to->nopost = kernel->nopost;
	to->signal = kernel->done[HOOK_EFFECT_SIGNAL];
	to->override = kernel->done[HOOK_EFFECT_OVERRIDE];
	to->notify_enforcer = kernel->done[HOOK_EFFECT_NOTIFY_ENFORCER];
	to->monitor_signal = kernel->monitored[HOOK_EFFECT_SIGNAL];
	to->monitor_override = kernel->monitored[HOOK_EFFECT_OVERRIDE];
	to->monitor_notify_enforcer = kernel->monitored[HOOK_EFFECT_NOTIFY_ENFORCER];
	if (!extended)
		return;
	to->limited = kernel->limited;
	to->lost = kernel->lost;
}

/* One selector, with all that is below it. */
struct selector_answer {
	Tetragon__TracingPolicySelectorActionCounters message;
	Tetragon__TracingPolicyActionCounters counters;
	Google__Protobuf__UInt32Value hook, selector;
};

struct stats_answer {
	Tetragon__TracingPolicyStats message;
	Tetragon__TracingPolicyActionCounters total;
};

static void set_selector(struct selector_answer *to, const struct policy_status *status,
			 const struct policy_points *points, size_t of, uint32_t selector,
			 const struct selector_counts *counts, bool extended)
{
	const struct policy_hook_points *hook = &points->hooks[of];

	tetragon__tracing_policy_selector_action_counters__init(&to->message);
	google__protobuf__uint32_value__init(&to->hook);
	google__protobuf__uint32_value__init(&to->selector);
	set_counters(&to->counters, counts, extended);
	to->hook.value = (uint32_t)hook->index;
	to->selector.value = selector;
	to->message.hook = answer_text(of < status->n_hooks ? status->hooks[of].description : NULL);
	to->message.hook_index = &to->hook;
	to->message.selector_index = &to->selector;
	to->message.action_counters = &to->counters;
	to->message.selector_label = answer_text(selector_label(hook->hook, selector));
}

static int set_stats(Tetragon__TracingPolicyStatus *to, const struct policy_set *set,
		     const struct policy_entry *e, bool extended, struct arena *arena)
{
	const struct policy_points *points = &e->points;
	struct stats_answer *stats = arena_alloc(arena, sizeof(*stats));
	struct selector_counts total = {0};
	struct selector_answer *v;
	size_t n = 0;

	for (size_t i = 0; i < points->n_policy_hooks; i++)
		n += points->hooks[i].counters.n;
	v = arena_alloc(arena, (n + 1) * sizeof(*v));
	if (!stats || !v)
		return -ENOMEM;
	tetragon__tracing_policy_stats__init(&stats->message);
	stats->message.selector_action_counters =
		arena_alloc(arena, (n + 1) * sizeof(*stats->message.selector_action_counters));
	if (!stats->message.selector_action_counters)
		return -ENOMEM;
	for (size_t i = 0; i < points->n_policy_hooks; i++) {
		for (uint32_t j = 0; j < points->hooks[i].counters.n; j++, v++) {
			struct selector_counts counts = policy_counts_of(set, e, i, j);
			size_t at = stats->message.n_selector_action_counters++;

			set_selector(v, &e->status, points, i, j, &counts, extended);
			selector_counts_add(&total, &counts);
			stats->message.selector_action_counters[at] = &v->message;
		}
	}
	set_counters(&stats->total, &total, extended);
	stats->message.action_counters = &stats->total;
	to->_stats_case = TETRAGON__TRACING_POLICY_STATUS___STATS_STATS;
	to->stats = &stats->message;
	return 0;
}

/* Our own. */
static void extend_hook(Tetragon__HookStatus *to, const struct policy_hook_status *hook)
{
	to->backend = answer_text(hook->backend);
	to->places = (char **)(uintptr_t)hook->places;
	to->n_places = hook->n_places;
	to->reason = answer_text(hook->reason);
}

static int set_hooks(Tetragon__TracingPolicyStatus *to, const struct policy_status *status,
		     bool extended, struct arena *arena)
{
	if (!ANSWER_LIST(arena, status->n_hooks, Tetragon__HookStatus, to->hook_statuses))
		return -ENOMEM;
	to->n_hook_statuses = status->n_hooks;
	for (size_t i = 0; i < status->n_hooks; i++) {
		const struct policy_hook_status *hook = &status->hooks[i];
		Tetragon__HookStatus *message = to->hook_statuses[i];

		tetragon__hook_status__init(message);
		message->section = answer_text(hook->section);
		message->state = (Tetragon__HookState)hook->state;
		message->hook_description = answer_text(hook->description);
		message->hook_idx = (uint32_t)hook->index;
		if (extended)
			extend_hook(message, hook);
	}
	return 0;
}

/* Deprecated, and what old clients look at. */
static void set_enabled(Tetragon__TracingPolicyStatus *to, bool enabled)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	to->enabled = enabled;
#pragma GCC diagnostic pop
}

static int set_policy(Tetragon__TracingPolicyStatus *to, const struct policy_set *set,
		      const struct policy_entry *e, const struct policy_share *share, bool extended,
		      struct arena *arena)
{
	const struct policy_status *status = &e->status;
	int r;

	tetragon__tracing_policy_status__init(to);
	to->id = status->id;
	to->name = answer_text(status->name);
	to->namespace_ = answer_text(status->namespace);
	to->domain = answer_text(status->domain);
	to->state = (Tetragon__TracingPolicyState)status->state;
	set_enabled(to, policy_state_works(status->state));
	to->mode = (Tetragon__TracingPolicyMode)status->mode;
	to->error = answer_text(status->reason);
	to->kernel_memory_bytes = share->memory;
	if (extended) {
		to->text = answer_text(e->policy->text);
		to->file = answer_text(status->file);
		to->run_time_ns = share->cost.ns;
		to->run_count = share->cost.runs;
	}
	r = set_hooks(to, status, extended, arena);
	if (r >= 0 && policy_state_works(status->state))
		r = set_stats(to, set, e, extended, arena);
	return r;
}

int policy_answer_list(const struct policy_set *set, const char *domain, bool extended,
		       struct arena *arena, Tetragon__ListTracingPoliciesResponse *answer)
{
	_cleanup_free_ struct policy_share *shares = policy_set_shares(set);
	int r = 0;

	if (!shares || !ANSWER_LIST(arena, set->n, Tetragon__TracingPolicyStatus, answer->policies))
		return -ENOMEM;
	for (size_t i = 0; i < set->n && r >= 0; i++) {
		const struct policy_entry *e = set->v[i];

		if (*domain && strcmp(domain, e->status.domain) != 0)
			continue;
		r = set_policy(answer->policies[answer->n_policies++], set, e, &shares[i], extended,
			       arena);
	}
	return r;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int policy_answer_domains(const struct policy_set *set, struct arena *arena,
			  Tetragon__ListDomainsResponse *answer)
{
	char **v = arena_alloc(arena, (set->n + 2) * sizeof(*v));
	size_t n = 0, kept = 0;

	if (!v)
		return -ENOMEM;
	v[n++] = answer_text(POLICY_DOMAIN_STATIC);
	v[n++] = answer_text(POLICY_DOMAIN_GRPC);
	for (size_t i = 0; i < set->n; i++)
		v[n++] = answer_text(set->v[i]->domain);
	qsort(v, n, sizeof(*v), compare_words);
	for (size_t i = 0; i < n; i++)
		if (!kept || strcmp(v[i], v[kept - 1]) != 0)
			v[kept++] = v[i];
	answer->domains = v;
	answer->n_domains = kept;
	return 0;
}
