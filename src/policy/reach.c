// SPDX-License-Identifier: Apache-2.0
#include "policy/reach.h"
#include "base/macro.h"
#include "policy/action.h"

#include <errno.h>
#include <signal.h>

/* Who does not wait for them does not notice (signal(7)). */
static bool is_harmless(int64_t signal)
{
	static const int harmless[] = {0, SIGCHLD, SIGCONT, SIGURG, SIGWINCH};

	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		if (harmless[i] == signal)
			return true;
	return false;
}

unsigned policy_harm_of(const struct policy_action *action)
{
	switch (action->action.v) {
	case ACTION_SIGKILL:
		return HARM_KILLS;
	case ACTION_SIGNAL:
		return is_harmless(action->signal.v) ? 0 : HARM_KILLS;
	case ACTION_OVERRIDE:
		return HARM_DENIES;
	case ACTION_NOTIFY_ENFORCER:
		return (is_harmless(action->signal.v) ? 0U : HARM_KILLS) |
		       (action->error.v ? HARM_DENIES : 0U);
	default:
		return 0;
	}
}

const struct policy_action *policy_harmful(const struct policy_actions *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (policy_harm_of(&v->v[i]))
			return &v->v[i];
	return NULL;
}

int policy_refuse_harm(const struct policy *policy, struct diagnostics *diags,
		       const struct policy_action *action, const char *to, const char *why)
{
	struct finding *f;

	if (policy->settings.allow_lockout)
		return 0;
	f = diagnose(diags, action->monitored ? SEVERITY_WARNING : SEVERITY_ERROR, action->mark,
		     "%s %s done to %s", action_at((size_t)action->action.v)->name,
		     action->monitored ? "would be" : "is", to);
	finding_why(f, "%s", why);
	finding_remedy(f, "filter by matchBinaries and its like, or by arguments; or, if that is "
			  "what you want, write {name: allow-lockout, value: \"1\"} under "
			  "spec.options");
	return action->monitored ? 0 : -EPERM;
}

static bool has_scope(const struct policy_workloads *v)
{
	return POLICY_SET(v->pods) || POLICY_SET(v->containers) || POLICY_SET(v->host);
}

static bool is_for_all(const struct policy_selector *s)
{
	const size_t filters[] = {
		s->pids.n,        s->binaries.n,     s->parent_binaries.n,
		s->namespaces.n,  s->capabilities.n, s->namespace_changes.n,
		s->users.n,       s->arguments.n,    s->capability_changes.n,
		s->environment.n, s->args.n,         s->data.n,
	};

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		if (filters[i])
			return false;
	return !has_scope(&s->workloads);
}

/* Where only who has a file open comes by, that is a filter. */
static bool is_anywhere(const struct policy_hook *hook)
{
	return hook->kind != HOOK_UPROBE && hook->kind != HOOK_USDT;
}

static int check_selector(const struct policy *policy, struct diagnostics *diags,
			  const struct policy_selector *s)
{
	static const char to[] = "every process that comes here",
			  why[] = "the selector has no filter on processes or arguments";
	const struct policy_action *now = policy_harmful(&s->actions),
				   *later = policy_harmful(&s->return_actions);

	if (!is_for_all(s))
		return 0;
	if (now)
		return policy_refuse_harm(policy, diags, now, to, why);
	return later && !s->return_args.n ? policy_refuse_harm(policy, diags, later, to, why) : 0;
}

/* Up to the first that spares somebody: what comes behind that is not for all. */
static int check_hook(const struct policy *policy, struct diagnostics *diags,
		      const struct policy_hook *hook)
{
	int r = 0;

	for (size_t i = 0; i < hook->selectors.n && r >= 0; i++) {
		const struct policy_selector *s = &hook->selectors.v[i];

		r = check_selector(policy, diags, s);
		if (!policy_harmful(&s->actions))
			break;
	}
	return r;
}

int policy_check_reach(const struct policy *policy, struct diagnostics *diags)
{
	int first = 0;

	if (has_scope(&policy->spec.workloads))
		return 0;
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		const struct policy_hooks *hooks = &policy->spec.hooks[kind];

		for (size_t i = 0; i < hooks->n; i++) {
			int r = is_anywhere(&hooks->v[i]) ? check_hook(policy, diags, &hooks->v[i])
							  : 0;

			first = first < 0 ? first : r;
		}
	}
	return first;
}
