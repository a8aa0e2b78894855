// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics.h"
#include "agent/policy_counts.h"
#include "agent/policy_entry.h"
#include "base/macro.h"
#include "base/cleanup.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Labels of a selector, in the order of the table: what it is, and what is counted. */
enum { NAME, NAMESPACE, DOMAIN, HOOK, SECTION, INDEX, SELECTOR, LABEL, COUNTED, N_LABELS };
static_assert(N_LABELS <= METRIC_LABELS_MAX, "a selector has too many labels");

#define MEMBER(member) offsetof(struct selector_counts, member)
#define EFFECT(member, effect) (MEMBER(kernel.member) + HOOK_EFFECT_##effect * sizeof(uint64_t))

struct counted {
	const char *name;
	size_t offset;
	bool always; /* it is told when it is 0, too */
};

static const struct counted actions[] = {
	{"post", MEMBER(post), true},
	{"nopost", MEMBER(kernel.nopost), false},
	{"signal", EFFECT(done, SIGNAL), false},
	{"override", EFFECT(done, OVERRIDE), false},
	{"notify_enforcer", EFFECT(done, NOTIFY_ENFORCER), false},
	{"monitor_signal", EFFECT(monitored, SIGNAL), false},
	{"monitor_override", EFFECT(monitored, OVERRIDE), false},
	{"monitor_notify_enforcer", EFFECT(monitored, NOTIFY_ENFORCER), false},
};

static const struct counted losses[] = {
	{"limited", MEMBER(kernel.limited), false},
	{"lost", MEMBER(kernel.lost), false},
	{"failed", MEMBER(kernel.failed), false},
};

static const struct counted missed[] = {
	{"overwritten", MEMBER(kernel.overwritten), false},
	{"no_action", MEMBER(kernel.cleaned), false},
};

static uint64_t member_of(const struct selector_counts *counts, size_t offset)
{
	return *(const uint64_t *)(const void *)((const char *)counts + offset);
}

/* What is said of each selector of a hook; of none: how often all of them were hit. */
struct told {
	enum metric_id id;
	const struct counted *v;
	size_t n;
};

static void add_counted(const struct told *told, const struct selector_counts *counts,
			const char **labels, struct metrics_page *page)
{
	for (size_t i = 0; i < told->n; i++) {
		uint64_t value = member_of(counts, told->v[i].offset);

		labels[COUNTED] = told->v[i].name;
		if (value || told->v[i].always)
			metrics_page_add(page, value, labels);
	}
}

/* How many series there are of a hook in any case. */
static size_t least_of(const struct told *told, const struct policy_hook_points *hook)
{
	size_t n = 0;

	for (size_t i = 0; i < told->n; i++)
		n += told->v[i].always;
	return told->n ? n * hook->counters.n : 1;
}

static void set_policy_labels(const struct policy_entry *e, const char **labels)
{
	labels[NAME] = e->status.name;
	labels[NAMESPACE] = e->status.namespace;
	/* Those of files are what there was when the label was not. */
	labels[DOMAIN] = strcmp(e->domain, POLICY_DOMAIN_STATIC) != 0 ? e->domain : NULL;
}

static void add_hook(const struct metrics_sources *s, const struct policy_entry *e, size_t of,
		     const struct told *told, struct metrics_page *page)
{
	const struct policy_hook_points *hook = &e->points.hooks[of];
	const char *labels[N_LABELS + 1] = {NULL};
	struct selector_counts total = {0};
	char index[24], selector[16];

	snprintf(index, sizeof(index), "%zu", hook->index);
	set_policy_labels(e, labels);
	labels[HOOK] = of < e->status.n_hooks ? e->status.hooks[of].description : NULL;
	labels[SECTION] = hook_section_names[hook->hook->kind];
	labels[INDEX] = index;
	for (uint32_t i = 0; i < hook->counters.n; i++) {
		struct selector_counts counts = policy_counts_of(s->policies, e, of, i);

		selector_counts_add(&total, &counts);
		snprintf(selector, sizeof(selector), "%" PRIu32, i);
		labels[SELECTOR] = selector;
		labels[LABEL] = selector_label(hook->hook, i);
		add_counted(told, &counts, labels, page);
	}
	if (!told->n)
		metrics_page_add(page, total.post, labels);
}

/* Of a policy, whichever of its selectors it was. */
static void add_missed(const struct policy_set *set, const struct policy_entry *e,
		       struct metrics_page *page)
{
	enum { REASON = DOMAIN + 1, N_MISSED };
	const char *labels[N_MISSED + 1] = {NULL};
	struct selector_counts total = {0};

	for (size_t i = 0; i < e->points.n_policy_hooks; i++) {
		for (uint32_t j = 0; j < e->points.hooks[i].counters.n; j++) {
			struct selector_counts counts = policy_counts_of(set, e, i, j);

			selector_counts_add(&total, &counts);
		}
	}
	set_policy_labels(e, labels);
	for (size_t i = 0; i < ARRAY_SIZE(missed); i++) {
		labels[REASON] = missed[i].name;
		metrics_page_add(page, member_of(&total, missed[i].offset), labels);
	}
}

static void add_all_missed(const struct policy_set *set, struct metrics_page *page)
{
	metrics_page_metric(page, METRIC_ENFORCER_MISSED);
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i]->works && set->v[i]->policy->spec.enforcers.n)
			add_missed(set, set->v[i], page);
}

/* Those of one policy. Of what there is no room for nothing is read. */
static void add_policy(const struct metrics_sources *s, const struct policy_entry *e,
		       const struct told *told, struct metrics_page *page)
{
	for (size_t i = 0; i < e->points.n_policy_hooks; i++) {
		if (metrics_page_is_full(page))
			metrics_page_leave_out(page, least_of(told, &e->points.hooks[i]));
		else
			add_hook(s, e, i, told, page);
	}
}

static void add_policies(const struct metrics_sources *s, const struct told *told,
			 struct metrics_page *page)
{
	const struct policy_set *set = s->policies;

	metrics_page_metric(page, told->id);
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i]->works)
			add_policy(s, set->v[i], told, page);
}

static void add_memory(const struct policy_set *set, struct metrics_page *page)
{
	_cleanup_free_ struct policy_share *shares = policy_set_shares(set);

	metrics_page_metric(page, METRIC_POLICY_MEMORY);
	for (size_t i = 0; i < set->n && shares; i++) {
		const char *labels[N_LABELS + 1] = {NULL};

		set_policy_labels(set->v[i], labels);
		if (set->v[i]->works)
			metrics_page_add(page, shares[i].memory, labels);
	}
}

static void add_states(const struct policy_set *set, struct metrics_page *page)
{
	static const enum policy_state told[] = {
		POLICY_STATE_ENABLED,  POLICY_STATE_PARTIALLY_ENABLED,
		POLICY_STATE_DISABLED, POLICY_STATE_LOAD_ERROR,
		POLICY_STATE_ERROR,    POLICY_STATE_SKIPPED,
	};
	uint64_t n[_POLICY_STATE_MAX] = {0};

	for (size_t i = 0; i < set->n; i++)
		n[set->v[i]->status.state]++;
	metrics_page_metric(page, METRIC_POLICIES);
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		metrics_page_add(page, n[told[i]], METRICS_LABELS(policy_state_name(told[i])));
}

void metrics_add_policies(const struct metrics_sources *s, struct metrics_page *page)
{
	static const struct told events = {.id = METRIC_POLICY_EVENTS};
	static const struct told selectors[] = {
		{METRIC_SELECTOR_ACTIONS, actions, ARRAY_SIZE(actions)},
		{METRIC_SELECTOR_LOSSES, losses, ARRAY_SIZE(losses)},
	};

	add_states(s->policies, page);
	add_memory(s->policies, page);
	if (s->settings->enable_event_metrics)
		add_policies(s, &events, page);
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++)
		add_policies(s, &selectors[i], page);
	add_all_missed(s->policies, page);
}
