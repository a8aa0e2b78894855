// SPDX-License-Identifier: Apache-2.0
#include "replay/replay.h"
#include "base/macro.h"
#include "code/access_path.h"
#include "policy/action.h"
#include "policy/alloc.h"
#include "policy/typing.h"
#include "replay/hits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An event and a hook of its place. */
struct trial {
	const struct policy *policy;
	const struct policy_hook *hook;
	size_t index; /* of its kind */
	const struct hit *hit;
	const struct replay_want *want;
	struct replay_result *result;
	struct arena arena;
	struct diagnostics diags;
	struct plan plan;
	struct recorded *values, returned;
	struct value *bare;
};

/* What can become of it: which of these are possible. */
struct outcomes {
	bool told;           /* as it is wanted */
	bool told_otherwise; /* by another selector, or with another action */
	bool untold;
};

static void add(struct replay_count *count, bool least, bool most)
{
	count->least += least;
	count->most += most;
}

static void count(struct replay_result *result, const struct outcomes *o)
{
	bool any = o->told || o->told_otherwise;

	add(&result->told, any && !o->untold, any);
	add(&result->others, o->told_otherwise && !o->told && !o->untold, o->told_otherwise);
}

/* Whether there are several. */
static bool is_open(const struct outcomes *o)
{
	return o->told + o->untold + o->told_otherwise > 1;
}

static const struct outcomes nobody_knows = {true, true, true};

/* --- values */

static bool is_told(const struct policy_arg *arg)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);

	return type && (type->member || type->id == ARG_TYPE_AUTO);
}

static size_t count_told(const struct policy_args *args)
{
	size_t n = 0;

	for (size_t i = 0; i < args->n; i++)
		n += is_told(&args->v[i]);
	return n;
}

/* What the event tells of each value of the hook, in the order of both. */
struct told {
	const Tetragon__KprobeArgument **v; /* NULL: it is not told */
	size_t n;
};

static void pair(struct told *told, const struct policy_args *args,
		 Tetragon__KprobeArgument *const *values)
{
	for (size_t i = 0; i < args->n; i++)
		told->v[told->n++] = is_told(&args->v[i]) ? *values++ : NULL;
}

/* Which is which is known by their order only. */
static bool pair_all(struct trial *t, struct told *ret)
{
	const struct policy_hook *hook = t->hook;
	const struct hit *hit = t->hit;
	size_t n_args = count_told(&hook->args), n_data = count_told(&hook->data);
	/* Some events have both in one list. */
	bool apart = hit->n_data || hit->n_args == n_args;

	if (apart ? n_args != hit->n_args || n_data != hit->n_data
		  : n_args + n_data != hit->n_args + hit->n_data) {
		str_appendf(&t->result->why,
			    "the event has %zu values, and %s[%zu] of the policy tells %zu",
			    hit->n_args + hit->n_data, hook_section_names[hook->kind], t->index,
			    n_args + n_data);
		return false;
	}
	*ret = (struct told){
		.v = alloc_array(&t->arena, hook->args.n + hook->data.n, sizeof(*ret->v))};
	if (!ret->v)
		return false;
	pair(ret, &hook->args, hit->args);
	pair(ret, &hook->data, apart ? hit->data : hit->args + n_args);
	return true;
}

/* Instead of the path by which a kernel found it. */
static const struct access_path found = {.size = 1};

/* Of what a kernel has the type, the event says as what it was told. Returns whether it did. */
static bool settle_type(struct policy_arg *arg, const Tetragon__KprobeArgument *told)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);

	if (!type || !told || !arg_is_up_to_kernel(arg, type))
		return false;
	if (type->id == ARG_TYPE_AUTO || !recorded_fits(type, told)) {
		type = recorded_type(told);
		if (!type)
			return false;
		typing_set(arg, type->name);
	}
	if (arg->resolve.len && arg->source != ARG_SOURCE_PT_REGS)
		arg->path = &found;
	return true;
}

/* Gives the hook types that the policy does not have. Returns whether it could. */
static bool settle_types(struct trial *t, const struct told *told)
{
	struct typing typing = typing_begin(&t->arena, t->policy, &t->diags);
	struct policy_hook *hook = typing_copy(&typing, t->hook);
	bool settled = false;

	if (!hook)
		return false;
	for (size_t i = 0; i < told->n; i++) {
		struct policy_arg *arg =
			i < hook->args.n ? &hook->args.v[i] : &hook->data.v[i - hook->args.n];

		settled |= settle_type(arg, told->v[i]);
	}
	settled |= hook->returns.v && settle_type(&hook->return_arg, t->hit->returned);
	if (!settled)
		return true;
	t->hook = hook;
	typing_read_values(&typing, hook);
	return typing_works(&typing);
}

static bool check_fit(struct trial *t, const struct policy_arg *arg,
		      const Tetragon__KprobeArgument *told, const char *what, size_t number)
{
	const struct arg_type *type = arg_type_at((size_t)arg->type.v);

	if (!recorded_fits(type, told)) {
		str_appendf(&t->result->why, "%s %zu of the event is no %s, as in the policy", what,
			    number, type->name);
		return false;
	}
	if (told->label && *told->label && arg->label.len &&
	    strcmp(told->label, arg->label.s) != 0) {
		str_appendf(&t->result->why,
			    "%s %zu of the event is %.60s, and %.60s in the policy", what, number,
			    told->label, arg->label.s);
		return false;
	}
	return true;
}

static bool read_values(struct trial *t, const struct told *told)
{
	const struct policy_hook *hook = t->hook;

	t->values = alloc_array(&t->arena, told->n, sizeof(*t->values));
	t->bare = alloc_array(&t->arena, told->n, sizeof(*t->bare));
	if (!t->values || !t->bare)
		return false;
	for (size_t i = 0; i < told->n; i++) {
		const struct policy_arg *arg =
			i < hook->args.n ? &hook->args.v[i] : &hook->data.v[i - hook->args.n];

		if (!told->v[i])
			continue;
		if (!check_fit(t, arg, told->v[i], "value", i + 1))
			return false;
		t->values[i] = recorded_read(&t->plan.captures[i], told->v[i], &t->arena);
		t->bare[i] = t->values[i].value;
	}
	if (!hook->returns.v || !t->hit->returned)
		return true;
	if (!check_fit(t, &hook->return_arg, t->hit->returned, "the returned value", 1))
		return false;
	t->returned = recorded_read(&t->plan.returned, t->hit->returned, &t->arena);
	return true;
}

/* --- plans */

static bool diagnosed(struct trial *t)
{
	for (size_t i = 0; i < t->diags.n; i++)
		if (t->diags.v[i]->severity == SEVERITY_ERROR) {
			str_appendf(&t->result->why, "%s[%zu] of the policy: %s",
				    hook_section_names[t->hook->kind], t->index,
				    t->diags.v[i]->what);
			break;
		}
	return false;
}

/* Returns whether the event can be looked at with the eyes of the hook. */
static bool prepare(struct trial *t)
{
	struct plan_facts facts = {0};
	struct told told;

	if (!pair_all(t, &told))
		return false;
	if (!settle_types(t, &told))
		return diagnosed(t);
	subject_host_namespaces(t->hit->process, facts.host_ns);
	if (plan_make(t->hook, &facts, &t->arena, &t->diags, &t->plan) < 0)
		return diagnosed(t);
	return read_values(t, &told);
}

/* --- verdicts */

/* What events call the last of them; all that is told was posted, if nothing else. */
static int action_of(const struct policy_actions *v)
{
	size_t last = v->n ? (size_t)v->v[v->n - 1].action.v : ACTION_POST;

	return (int)action_at(last)->number + 1;
}

static bool is_wanted_selector(const struct trial *t, size_t selector)
{
	char place[64];

	if (!t->want->selector)
		return true;
	/* What only its policy's scope makes one was not written. */
	if (selector >= t->hook->selectors.n)
		return false;
	snprintf(place, sizeof(place), "%s[%zu].selectors[%zu]", hook_section_names[t->hook->kind],
		 t->index, selector);
	return !strcmp(t->want->selector, t->hook->selectors.v[selector].label.s) ||
	       !strcmp(t->want->selector, place);
}

static bool is_wanted(const struct trial *t, size_t selector)
{
	static const struct policy_actions none;
	const struct policy_actions *todo =
		selector < t->hook->selectors.n ? &t->hook->selectors.v[selector].actions : &none;

	return is_wanted_selector(t, selector) &&
	       (t->want->action < 0 || t->want->action == action_of(todo));
}

/* What becomes of a call that the selector is true of. */
static void add_selected(struct trial *t, const struct judged *j, size_t selector,
			 struct outcomes *o)
{
	static const struct plan_actions post = {.post = true};
	const struct plan_selector *s = t->plan.n_selectors ? &t->plan.selectors[selector] : NULL;
	const struct plan_actions *todo = s ? &s->actions : &post;
	enum tri stays = s && t->plan.tells_return ? judge_return(j, selector) : TRI_YES;

	if (s && t->plan.tells_return && stays != TRI_NO && !s->return_actions.post)
		stays = t->hit->returned ? TRI_NO : TRI_UNKNOWN;
	if (!todo->post || stays == TRI_NO) {
		o->untold = true;
		return;
	}
	if (todo->n_limits && t->result->limited && !t->result->why.len)
		str_append_lit(&t->result->why, "the selector has a rate limit, and others were "
						"told before");
	o->untold |= stays == TRI_UNKNOWN || (todo->n_limits && t->result->limited);
	t->result->limited |= todo->n_limits > 0;
	if (is_wanted(t, selector))
		o->told = true;
	else
		o->told_otherwise = true;
}

/* Each selector that may be the first that is true. */
static void judge(struct trial *t, struct outcomes *o)
{
	const struct hit *hit = t->hit;
	struct judged j = {
		.plan = &t->plan,
		.values = t->values,
		.bare = t->bare,
		.subject = subject_read(hit->process, hit->parent, hit->ancestors, hit->n_ancestors,
					&t->arena),
		.returned = t->hook->returns.v && hit->returned ? &t->returned : NULL,
		.why = &t->result->why,
	};

	if (!t->plan.n_selectors)
		add_selected(t, &j, 0, o);
	for (size_t i = 0; i < t->plan.n_selectors; i++) {
		enum tri holds = judge_selector(&j, i);

		if (holds != TRI_NO)
			add_selected(t, &j, i, o);
		if (holds == TRI_YES)
			return;
	}
	o->untold |= t->plan.n_selectors > 0;
}

static int try_hook(const struct policy *policy, const struct policy_hook *hook, size_t index,
		    const struct hit *hit, const struct replay_want *want,
		    struct replay_result *result)
{
	struct trial t = {
		.policy = policy,
		.hook = hook,
		.index = index,
		.hit = hit,
		.want = want,
		.result = result,
	};
	struct outcomes o = {0};
	size_t whys = result->why.len;
	enum tri there = hit_is_at(hit, hook, &result->why);

	if (there == TRI_YES && prepare(&t))
		judge(&t, &o);
	else if (there != TRI_NO)
		o = nobody_knows;
	count(result, &o);
	/* One reason is enough, of something that is not sure. */
	if (whys || !is_open(&o))
		result->why.len = whys;
	whys = t.arena.failed || diagnostics_failed(&t.diags) || result->why.failed;
	arena_done(&t.arena);
	diagnostics_done(&t.diags);
	return whys ? -ENOMEM : 0;
}

int replay_event(const struct policy *policy, const Tetragon__GetEventsResponse *event,
		 const struct replay_want *want, struct replay_result *result)
{
	struct hit hit;
	int r = 0;

	if (event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_LOADER) {
		bool wanted = !want->selector && want->action < 0;

		result->events++;
		add(&result->told, policy->spec.loader.v, policy->spec.loader.v);
		add(&result->others, policy->spec.loader.v && !wanted,
		    policy->spec.loader.v && !wanted);
		return 0;
	}
	if (!hit_read(event, &hit))
		return 0;
	result->events++;
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		const struct policy_hooks *hooks = &policy->spec.hooks[kind];

		for (size_t i = 0; i < hooks->n && r >= 0; i++)
			r = try_hook(policy, &hooks->v[i], i, &hit, want, result);
	}
	return r;
}

void replay_result_done(struct replay_result *result)
{
	str_free(&result->why);
}
