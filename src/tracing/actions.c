// SPDX-License-Identifier: Apache-2.0
#include "tracing/actions.h"
#include "base/macro.h"
#include "http/http.h"
#include "compile/plan.h"
#include "policy/action.h"
#include "sensor/counters.h"

#include <errno.h>
#include <string.h>

/* Whether what the agent is asked to do can be done. */
static int check_actions(struct diagnostics *diags, const struct policy_actions *v)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->v[i].action.v != ACTION_GET_URL || http_available())
			continue;
		finding_remedy(diagnose_error(diags, v->v[i].mark, "libcurl is not installed"),
			       "install it: the package is libcurl4 on Debian");
		return -ENOENT;
	}
	return 0;
}

static int prepare(struct diagnostics *diags, const struct policy_hook *hook, int *owners)
{
	int r = 0;

	for (size_t i = 0; i < hook->selectors.n && r >= 0; i++) {
		r = check_actions(diags, &hook->selectors.v[i].actions);
		if (r >= 0)
			r = check_actions(diags, &hook->selectors.v[i].return_actions);
	}
	if (r < 0 || !owners || *owners || !policy_hook_tracks(hook))
		return r;
	r = owners_new();
	if (r >= 0)
		*owners = r;
	else
		finding_why(diagnose_error(diags, hook->mark, "sockets cannot be tracked"),
			    "the kernel gives no map for it: %s", strerror(-r));
	return r;
}

/* Of all hooks, whichever tracks: they are of one policy. */
int policy_actions_prepare(const struct policy *policy, struct diagnostics *diags, int *owners)
{
	int first = 0;

	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		const struct policy_hooks *of_kind = &policy->spec.hooks[kind];

		for (size_t i = 0; i < of_kind->n; i++) {
			int r = prepare(diags, &of_kind->v[i], owners);

			if (r < 0 && !first)
				first = r;
		}
	}
	return first;
}

static void add_request(struct hook_actions *to, struct hook_request *v,
			const struct policy_action *action)
{
	if (action->action.v == ACTION_GET_URL)
		v[to->n_requests++] = (struct hook_request){HOOK_REQUEST_URL, action->url.s};
	if (action->action.v == ACTION_DNS_LOOKUP)
		v[to->n_requests++] = (struct hook_request){HOOK_REQUEST_NAME, action->fqdn.s};
}

/* What is done in the kernel, and what that guarantees. */
static const char *effect_of(const struct policy_hook *hook, const struct policy_action *action)
{
	static const struct {
		const char *done, *monitored;
	} effects[] = {
		[ACTION_OVERRIDE] = {"denied", "would_deny"},
		[ACTION_SIGKILL] = {"killed_after", "would_kill"},
		[ACTION_SIGNAL] = {"signalled_after", "would_signal"},
		[ACTION_NOTIFY_ENFORCER] = {"notified", "would_notify"},
		[ACTION_SET] = {"changed", "would_change"},
	};
	size_t which = (size_t)action->action.v;

	/* The function is called, but other than it was. */
	if (which == ACTION_OVERRIDE && hook->kind == HOOK_UPROBE && !policy_returns_early(action))
		which = ACTION_SET;
	if (which >= ARRAY_SIZE(effects))
		return NULL;
	return action->monitored ? effects[which].monitored : effects[which].done;
}

/* There is room for all requests, and all effects, of all selectors. */
struct room {
	struct hook_request *requests;
	const char **effects;
};

static void set_actions(struct hook_actions *to, struct room *room, const struct policy_hook *hook,
			const struct policy_actions *from)
{
	to->requests = room->requests;
	to->effects = room->effects;
	for (size_t i = 0; i < from->n; i++) {
		const char *effect = effect_of(hook, &from->v[i]);

		if (effect)
			room->effects[to->n_effects++] = effect;
		add_request(to, room->requests, &from->v[i]);
		/* The schema counts from its "unknown". */
		to->told = 1 + action_at((size_t)from->v[i].action.v)->number;
	}
	room->requests += to->n_requests;
	room->effects += to->n_effects;
}

int policy_actions_of(const struct policy_hook *hook, struct arena *arena, struct hook *ret)
{
	const struct policy_selectors *from = &hook->selectors;
	struct hook_selector *selectors;
	struct room room;
	size_t n = 1;

	for (size_t i = 0; i < from->n; i++)
		n += from->v[i].actions.n + from->v[i].return_actions.n;
	selectors = arena_alloc(arena, (from->n + 1) * sizeof(*selectors));
	room.requests = arena_alloc(arena, n * sizeof(*room.requests));
	room.effects = arena_alloc(arena, n * sizeof(*room.effects));
	if (!selectors || !room.requests || !room.effects)
		return -ENOMEM;
	memset(selectors, 0, from->n * sizeof(*selectors));
	for (size_t i = 0; i < from->n; i++) {
		set_actions(&selectors[i].call, &room, hook, &from->v[i].actions);
		set_actions(&selectors[i].returned, &room, hook, &from->v[i].return_actions);
	}
	ret->selectors = selectors;
	ret->n_selectors = from->n;
	return 0;
}
