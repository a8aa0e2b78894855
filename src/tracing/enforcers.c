// SPDX-License-Identifier: Apache-2.0
#include "tracing/enforcers.h"
#include "base/cleanup.h"
#include "compile/planner.h"
#include "policy/action.h"
#include "sensor/notices.h"
#include "tracing/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- what they are asked for */

static bool any_denies(const struct policy_actions *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].action.v == ACTION_NOTIFY_ENFORCER && v->v[i].error.v)
			return true;
	return false;
}

static bool has_denials(const struct policy *policy)
{
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		const struct policy_hooks *hooks = &policy->spec.hooks[kind];

		for (size_t i = 0; i < hooks->n; i++)
			for (size_t j = 0; j < hooks->v[i].selectors.n; j++)
				if (any_denies(&hooks->v[i].selectors.v[j].actions) ||
				    any_denies(&hooks->v[i].selectors.v[j].return_actions))
					return true;
	}
	return false;
}

/* --- where that is */

struct numbers {
	struct range *v;
	size_t n, cap;
};

/* What is found of the names. */
struct search {
	const struct compiler *c;
	struct numbers native, compat;
	const char **names;
	size_t n, cap;
};

static void search_done(struct search *s)
{
	free(s->native.v);
	free(s->compat.v);
	free(s->names);
}

static int add_number(struct numbers *to, uint64_t number)
{
	if (to->n == to->cap) {
		struct range *v = reallocarray(to->v, to->cap * 2 + 16, sizeof(*v));

		if (!v)
			return -ENOMEM;
		to->v = v;
		to->cap = to->cap * 2 + 16;
	}
	to->v[to->n++] = (struct range){number, number};
	return 0;
}

static int add_name(struct search *s, const char *name)
{
	if (s->n == s->cap) {
		const char **v = reallocarray(s->names, s->cap * 2 + 16, sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->names = v;
		s->cap = s->cap * 2 + 16;
	}
	s->names[s->n++] = name;
	return 0;
}

static int add_site(const struct call_site *site, void *data)
{
	struct search *s = data;
	int r = add_name(s, site->told);

	if (r >= 0 && site->number >= 0)
		r = add_number(site->compat ? &s->compat : &s->native, (uint64_t)site->number);
	return r;
}

static int search_name(struct search *s, const struct policy_text *name)
{
	int r = compiler_spend(s->c, name->mark, 1);

	if (r < 0 || enforcer_is_function(name))
		return r < 0 ? r : add_name(s, name->s);
	r = call_sites_find(s->c, name->s, add_site, s);
	/* That is told when it is compiled. */
	return r == -ENOENT ? 0 : r;
}

static int search_list(struct search *s, const struct policy_list *list)
{
	int r = 0;

	if (list->type.v == LIST_GENERATED_SYSCALLS)
		return call_sites_each(s->c, add_site, s);
	for (size_t i = 0; i < list->values.n && r >= 0; i++)
		r = search_name(s, &list->values.v[i]);
	return r;
}

static int search_all(struct search *s)
{
	const struct policy_enforcers *enforcers = &s->c->policy->spec.enforcers;
	int r = 0;

	for (size_t i = 0; i < enforcers->n; i++) {
		const struct policy_enforcer *e = &enforcers->v[i];

		for (size_t j = 0; j < e->calls.n && r >= 0; j++)
			r = e->lists[j] ? search_list(s, e->lists[j])
					: search_name(s, &e->calls.v[j]);
	}
	return r;
}

static int set_numbers(const struct compiler *c, const struct numbers *from,
		       const struct test **ret)
{
	struct arena *arena = &c->points->arena;
	struct range *ranges = arena_alloc(arena, (from->n + 1) * sizeof(*ranges));
	struct test *test = arena_alloc(arena, sizeof(*test));

	if (!ranges || !test)
		return -ENOMEM;
	if (!from->n)
		return 0;
	memcpy(ranges, from->v, from->n * sizeof(*ranges));
	*test = (struct test){
		.kind = TEST_RANGES,
		.n = merge_ranges(ranges, from->n, false),
		.ranges = ranges,
	};
	*ret = test;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int set_names(const struct compiler *c, const struct search *from, struct enforced *to)
{
	to->names = arena_alloc(&c->points->arena, (from->n + 1) * sizeof(*to->names));
	if (!to->names)
		return -ENOMEM;
	for (size_t i = 0; i < from->n; i++)
		to->names[to->n_names++] = from->names[i];
	if (from->n)
		qsort(to->names, to->n_names, sizeof(*to->names), by_name);
	return 0;
}

static int find_calls(const struct compiler *c, struct enforced *to)
{
	__attribute__((cleanup(search_done))) struct search search = {.c = c};
	int r = search_all(&search);

	if (r >= 0)
		r = set_names(c, &search, to);
	if (r >= 0)
		r = set_numbers(c, &search.native, &to->calls.native);
	if (r >= 0)
		r = set_numbers(c, &search.compat, &to->calls.compat);
	return r;
}

static int make_room(const struct compiler *c)
{
	struct mark mark = c->policy->spec.enforcers.mark;
	int r;

	if (!c->ground->counters || c->points->notices)
		return 0;
	r = notices_new();
	if (r >= 0)
		c->points->notices = r;
	else
		finding_why(diagnose_error(c->diags, mark, "no enforcer can be notified"),
			    "the kernel gives no map for it: %s", strerror(-r));
	return MIN(r, 0);
}

int enforcers_prepare(const struct compiler *c, const struct enforced **ret)
{
	struct enforced *enforced;
	int r;

	if (!c->policy->spec.enforcers.n || c->policy->settings.mode == POLICY_MODE_MONITOR)
		return 0;
	enforced = arena_alloc(&c->points->arena, sizeof(*enforced));
	if (!enforced)
		return -ENOMEM;
	*enforced = (struct enforced){.denies = has_denials(c->policy)};
	*ret = enforced;
	r = make_room(c);
	/* What denies comes behind all else that looks at the call. */
	return r < 0 || enforced->denies ? r : find_calls(c, enforced);
}

bool enforcers_begin_with(const struct enforced *enforced, const char *told)
{
	return enforced && enforced->n_names &&
	       bsearch(&told, enforced->names, enforced->n_names, sizeof(*enforced->names),
		       by_name);
}

enum plan_entry enforcers_entry_of(const struct enforced *enforced, const struct policy_hook *hook)
{
	if (!enforced || enforced->denies)
		return ENTRY_OF_NONE;
	if (hook->raw.v)
		return strcmp(hook->event.s, "sys_enter") ? ENTRY_OF_NONE : ENTRY_BY_WORD;
	if (!strcmp(hook->subsystem.s, "raw_syscalls"))
		return strcmp(hook->event.s, "sys_enter") ? ENTRY_OF_NONE : ENTRY_BY_NUMBER;
	return strcmp(hook->subsystem.s, "syscalls") != 0 ||
			       strncmp(hook->event.s, "sys_enter_", strlen("sys_enter_")) != 0
		       ? ENTRY_OF_NONE
		       : ENTRY_BY_INT;
}

/* --- as hooks */

static const struct policy_hook *as_hook(const struct compiler *c, struct mark mark,
					 const struct policy_text *call,
					 const struct policy_list *list)
{
	struct policy_hook *hook = arena_alloc(&c->points->arena, sizeof(*hook));

	if (!hook)
		return NULL;
	*hook = (struct policy_hook){
		.mark = mark,
		.kind = HOOK_ENFORCER,
		.return_action = -1,
		.call = *call,
		.list = list,
	};
	hook->syscall.v = !list && !enforcer_is_function(call);
	return hook;
}

const struct policy_hook *enforcer_as_hook(const struct compiler *c,
					   const struct policy_enforcer *enforcer)
{
	_cleanup_str_ struct str text = STR_INIT;
	struct policy_text calls = {.mark = enforcer->calls.mark};

	for (size_t i = 0; i < enforcer->calls.n; i++)
		str_appendf(&text, "%s%s", i ? ", " : "", enforcer->calls.v[i].s);
	calls.s = str_cstr(&text) ? compiler_format(c, "%s", text.data) : NULL;
	calls.len = calls.s ? strlen(calls.s) : 0;
	return calls.s ? as_hook(c, enforcer->mark, &calls, NULL) : NULL;
}

int compile_enforcer(const struct compiler *c, const struct policy_hook *hook)
{
	const struct policy_enforcer *e = &c->policy->spec.enforcers.v[c->state->index];
	int r = 0;

	/* All of them, so that all that is wrong is told. */
	for (size_t i = 0; c->enforced && i < e->calls.n; i++) {
		const struct policy_hook *call =
			as_hook(c, e->calls.v[i].mark, &e->calls.v[i], e->lists[i]);
		int one = call ? compile_functions(c, call) : -ENOMEM;

		if (one == -ENOSPC || one == -ENOMEM)
			return one;
		r = r < 0 ? r : one;
	}
	return MIN(r, 0);
}
