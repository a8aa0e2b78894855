// SPDX-License-Identifier: Apache-2.0
#include "explain/parts.h"
#include "policy/action.h"

#include <string.h>

static void append_fields(struct str *out, const struct policy_action *action)
{
	const struct policy_texts *fields = &action->rate_limit_fields;

	str_append_lit(out, ", once");
	for (size_t i = 0; i < fields->n; i++)
		str_appendf(out, "%s%s", i ? ", " : " for each ", fields->v[i].s);
	str_appendf(out, " in %s", action->rate_limit.s);
}

/* What it is worth: whether the call is made all the same. */
static void append_effect(struct str *out, const struct policy_action *action)
{
	int error = -(int)action->error.v, kind = action->action.v;
	const char *name = error > 0 ? strerrorname_np(error) : NULL;

	if (kind == ACTION_SIGNAL || (kind == ACTION_NOTIFY_ENFORCER && action->signal.v))
		str_appendf(out, " %d", (int)action->signal.v);
	if ((kind == ACTION_OVERRIDE || kind == ACTION_NOTIFY_ENFORCER) && name)
		str_appendf(out, " with %s", name);
	if (action->monitored)
		str_append_lit(out, ": counted, and not done (policy-mode: monitor)");
	else if (kind == ACTION_SIGKILL || kind == ACTION_SIGNAL)
		str_append_lit(out, ": sent to the process, which gets it when the call is done");
	else if (kind == ACTION_OVERRIDE)
		str_append_lit(out, ": the call is denied before it is made");
	else if (kind == ACTION_NOTIFY_ENFORCER)
		str_append_lit(out, ": kept with the thread until it makes a call of the "
				    "enforcers'");
}

static const char *text_of(struct explanation *e, const struct policy_action *action)
{
	static const char *const scopes[] = {
		[RATE_LIMIT_THREAD] = "a thread",
		[RATE_LIMIT_PROCESS] = "a process",
		[RATE_LIMIT_GLOBAL] = "all",
	};
	_cleanup_str_ struct str text = STR_INIT;

	str_append_z(&text, action_at((size_t)action->action.v)->name);
	if (action->rate_limit_ms && POLICY_SET(action->rate_limit_fields))
		append_fields(&text, action);
	else if (action->rate_limit_ms)
		str_appendf(&text, ", the same once in %s for %s", action->rate_limit.s,
			    scopes[action->scope]);
	if (action->kernel_stack.v)
		str_append_lit(&text, ", with the kernel's stack");
	if (action->user_stack.v)
		str_append_lit(&text, ", with the process's stack");
	if (action->url.len)
		str_appendf(&text, " %s", action->url.s);
	if (action->fqdn.len)
		str_appendf(&text, " %s", action->fqdn.s);
	if (POLICY_SET(action->sock))
		str_appendf(&text, " argument %d", (int)action->sock.v);
	if (action_at((size_t)action->action.v)->enforces)
		append_effect(&text, action);
	return str_cstr(&text) ? explain_format(&e->arena, "%s", text.data) : NULL;
}

static void add(struct explanation *e, struct explained_hook *hook, size_t selector, bool on_return,
		const struct policy_actions *from)
{
	struct explained_action *to = hook->actions;

	for (size_t i = 0; i < from->n; i++) {
		int kind = from->v[i].action.v;

		if (kind >= 0)
			to[hook->n_actions++] = (struct explained_action){
				.selector = selector,
				.on_return = on_return,
				.by_agent = kind == ACTION_GET_URL || kind == ACTION_DNS_LOOKUP,
				.text = text_of(e, &from->v[i]),
			};
	}
	/* What is done when nothing is said. */
	if (!from->n && !on_return)
		to[hook->n_actions++] =
			(struct explained_action){.selector = selector, .text = "Post"};
}

void explain_actions(struct explanation *e, struct explained_hook *hook,
		     const struct policy_point *point)
{
	const struct policy_selectors *selectors = &point->hook->selectors;
	static const struct policy_actions none;
	size_t n = 1;
	bool enforces = point->hook->kind == HOOK_ENFORCER;

	for (size_t i = 0; i < selectors->n; i++)
		n += selectors->v[i].actions.n + selectors->v[i].return_actions.n + 1;
	hook->actions = explain_take(&e->arena, n, sizeof(*hook->actions));
	if (!hook->actions)
		return;
	if (enforces)
		hook->actions[hook->n_actions++] =
			(struct explained_action){.text = "what the thread's notice says"};
	else if (!selectors->n)
		add(e, hook, 0, false, &none);
	for (size_t i = 0; i < selectors->n; i++) {
		add(e, hook, i, false, &selectors->v[i].actions);
		add(e, hook, i, true, &selectors->v[i].return_actions);
	}
}
