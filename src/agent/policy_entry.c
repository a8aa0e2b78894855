// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_entry.h"
#include "agent/policy_counts.h"
#include "policy/action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct policy_entry ***v, size_t n)
{
	struct policy_entry **grown = reallocarray(*v, n, sizeof(*grown));

	if (grown)
		*v = grown;
	return grown;
}

/* For one more, also where it will be when it has ended: nothing can fail then. */
static bool make_room(struct policy_set *set)
{
	size_t n = set->n + set->n_gone + 1;

	return grow(&set->v, n) && grow(&set->gone, n) && grow(&set->fresh, n);
}

struct policy_entry *policy_entry_add(struct policy_set *set, struct policy *policy,
				      const char *domain, const struct policy_change *change,
				      const struct policy_entry *of)
{
	struct policy_entry *e = make_room(set) ? calloc(1, sizeof(*e)) : NULL;

	if (e && of)
		e->before = policy_counts_new(of);
	if (!e || (of && !e->before)) {
		free(e);
		policy_free(&policy);
		return NULL;
	}
	e->policy = policy;
	e->change = *change;
	snprintf(e->domain, sizeof(e->domain), "%s", domain);
	policy_change_mode(policy, change->mode);
	e->status = policy_status_begin(policy, e->domain);
	e->status.id = of ? of->status.id : ++set->last_id;
	e->is_new = e->is_named = true;
	set->v[set->n++] = e;
	return e;
}

struct policy_key policy_entry_key(const struct policy_entry *e)
{
	return (struct policy_key){e->status.name, e->status.namespace, e->domain};
}

struct policy_entry *policy_entry_find(const struct policy_set *set, const struct policy_key *key,
				       bool is_new)
{
	for (size_t i = 0; i < set->n; i++) {
		struct policy_entry *e = set->v[i];

		if (e->is_new == is_new && !strcmp(e->status.name, key->name) &&
		    !strcmp(e->status.namespace, key->namespace) && !strcmp(e->domain, key->domain))
			return e;
	}
	return NULL;
}

void policy_entry_free(struct policy_set *set, struct policy_entry **entry)
{
	struct policy_entry *e = *entry;

	policy_points_drop(&e->points, &set->ground);
	policy_status_done(&e->status);
	policy_free(&e->policy);
	free(e->before);
	free(e);
	*entry = NULL;
}

void policy_entry_remove(struct policy_set *set, struct policy_entry *entry)
{
	size_t i = 0;

	while (set->v[i] != entry)
		i++;
	memmove(set->v + i, set->v + i + 1, (set->n - i - 1) * sizeof(*set->v));
	set->n--;
}
