// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_counts.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/macro.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* So much of a selector's label is told: a macro has many selectors have the same. */
#define LABEL_TOLD 128

#define MEMBER(member) offsetof(struct selector_counts, member)
#define EFFECT(member, effect) (MEMBER(kernel.member) + HOOK_EFFECT_##effect * sizeof(uint64_t))

static const struct {
	const char *name;
	size_t offset;
} members[] = {
	{"post", MEMBER(post)},
	{"lost", MEMBER(kernel.lost)},
	{"nopost", MEMBER(kernel.nopost)},
	{"limited", MEMBER(kernel.limited)},
	{"signal", EFFECT(done, SIGNAL)},
	{"override", EFFECT(done, OVERRIDE)},
	{"notify_enforcer", EFFECT(done, NOTIFY_ENFORCER)},
	{"overwritten", MEMBER(kernel.overwritten)},
	{"cleaned", MEMBER(kernel.cleaned)},
	{"failed", MEMBER(kernel.failed)},
	{"monitor_signal", EFFECT(monitored, SIGNAL)},
	{"monitor_override", EFFECT(monitored, OVERRIDE)},
	{"monitor_notify_enforcer", EFFECT(monitored, NOTIFY_ENFORCER)},
};

static uint64_t member_of(const struct selector_counts *counts, size_t i)
{
	return *(const uint64_t *)(const void *)((const char *)counts + members[i].offset);
}

/* Those that are 0 are left out, as everywhere in the ledger. Returns whether there are others. */
static bool append_counts(const struct selector_counts *counts, struct str *out)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		uint64_t n = member_of(counts, i);

		if (n)
			str_appendf(out, " %s=%llu", members[i].name, (unsigned long long)n);
		any |= n;
	}
	return any;
}

static uint64_t posts_of_hook(struct hooks *hooks, uint32_t number, size_t selector)
{
	const struct hook *hook = hooks_find(hooks, number);

	return hook ? hook->posts[selector] : 0;
}

/* At all places that the hook has. */
static uint64_t posts_of(const struct policy_points *points, struct hooks *hooks, size_t of,
			 size_t selector)
{
	uint64_t n = 0;

	for (size_t i = 0; i < points->n; i++) {
		const struct policy_point *p = &points->v[i];

		if (p->of != of || p->backend->on_return)
			continue;
		if (!p->plan.by_cookie)
			n += posts_of_hook(hooks, p->plan.hook, selector);
		for (size_t j = 0; j < p->place.n_functions; j++)
			n += posts_of_hook(hooks, (uint32_t)p->place.cookies[j], selector);
	}
	return n;
}

const char *selector_label(const struct policy_hook *hook, uint32_t selector)
{
	/* That of a policy's scope is none of the hook's own. */
	if (selector >= hook->selectors.n || !hook->selectors.v[selector].label.len)
		return NULL;
	return hook->selectors.v[selector].label.s;
}

struct selector_counts policy_counts_of(const struct policy_set *set, const struct policy_entry *e,
					size_t of, uint32_t selector)
{
	const struct policy_hook_points *hook = &e->points.hooks[of];
	struct selector_counts counts = {.kernel = counters_read(&hook->counters, selector)};
	size_t at = hook->first_counter + selector;

	counts.post = posts_of(&e->points, set->ground.hooks, of, selector) + counts.kernel.lost;
	if (e->before && at < e->before->n)
		selector_counts_add(&counts, &e->before->v[at]);
	return counts;
}

/* One that is disabled has no hooks, but what it had counted. */
static size_t count_selectors(const struct policy_entry *e)
{
	const struct policy_points *points = &e->points;
	size_t n = points->n_policy_hooks;

	if (n)
		return points->hooks[n - 1].first_counter + points->hooks[n - 1].counters.n;
	return e->before ? e->before->n : 0;
}

struct policy_counts *policy_counts_new(const struct policy_entry *e)
{
	size_t n = count_selectors(e);
	struct policy_counts *counts = calloc(1, sizeof(*counts) + n * sizeof(counts->v[0]));

	if (counts)
		counts->n = n;
	return counts;
}

void policy_counts_move(const struct policy_set *set, const struct policy_entry *e,
			struct policy_entry *to)
{
	const struct policy_points *points = &e->points;

	if (!points->n_policy_hooks && e->before)
		for (size_t i = 0; i < MIN(to->before->n, e->before->n); i++)
			selector_counts_add(&to->before->v[i], &e->before->v[i]);
	for (size_t i = 0; i < points->n_policy_hooks; i++) {
		const struct policy_hook_points *hook = &points->hooks[i];

		for (uint32_t j = 0; j < hook->counters.n; j++) {
			struct selector_counts counts = policy_counts_of(set, e, i, j);
			size_t at = hook->first_counter + j;

			if (at < to->before->n)
				selector_counts_add(&to->before->v[at], &counts);
		}
	}
}

void selector_counts_add(struct selector_counts *to, const struct selector_counts *counts)
{
	to->post += counts->post;
	counts_add(&to->kernel, &counts->kernel);
}

/* A word, if it has one. */
static void append_label(const struct policy_hook *hook, uint32_t selector, struct str *out)
{
	const char *whole = selector_label(hook, selector);
	char label[LABEL_TOLD + 1];

	if (!whole)
		return;
	snprintf(label, sizeof(label), "%s", whole);
	str_append_lit(out, " label=");
	escape_word(out, label);
}

static void print_hook_counts(const struct policy_set *set, const struct policy_entry *e, size_t of,
			      struct selector_counts *total, struct str *out)
{
	const struct policy_hook_points *hook = &e->points.hooks[of];

	for (uint32_t i = 0; i < hook->counters.n; i++) {
		_cleanup_str_ struct str line = STR_INIT;
		struct selector_counts counts = policy_counts_of(set, e, of, i);

		selector_counts_add(total, &counts);
		str_appendf(&line, "selector=%s/%s[%zu].selectors[%u]", policy_entry_name(e),
			    hook_section_names[hook->hook->kind], hook->index, i);
		append_label(hook->hook, i, &line);
		if (append_counts(&counts, &line) && str_cstr(&line))
			str_appendf(out, "%s\n", line.data);
	}
}

void policy_counts_print(const struct policy_set *set, const struct policy_entry *e,
			 struct str *out)
{
	struct selector_counts total = {0};

	for (size_t i = 0; i < e->points.n_policy_hooks; i++)
		print_hook_counts(set, e, i, &total, out);
	str_appendf(out, "policy=%s", policy_entry_name(e));
	append_counts(&total, out);
	str_append_char(out, '\n');
}
