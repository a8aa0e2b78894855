// SPDX-License-Identifier: Apache-2.0
#include "explain/parts.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "core/namespaces.h"
#include "tracing/roots.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *explain_format(struct arena *arena, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	char *to;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	to = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
	return to ? memcpy(to, text, (size_t)len + 1) : NULL;
}

void *explain_take(struct arena *arena, size_t n, size_t size)
{
	void *v = arena_alloc(arena, MAX(n, 1) * size);

	return v ? memset(v, 0, n * size) : NULL;
}

int explainer_new(struct explainer **ret)
{
	struct plan_facts facts = {0};
	struct explainer *x = calloc(1, sizeof(*x));

	if (!x)
		return -ENOMEM;
	x->ring = x->cpu_state = x->reader = -1;
	namespaces_of_host("/proc", facts.host_ns);
	/* Whoever may not look at the host's: it takes some numbers to go on. */
	for (size_t i = 0; i < _EXEC_NS_MAX; i++)
		facts.host_ns[i] = facts.host_ns[i] ? facts.host_ns[i] : 1;
	policy_kernel_init(&x->ground.kernel, &facts);
	if (hooks_new(&x->ground.hooks) < 0 || features_new(&x->features) < 0 ||
	    roots_new("/proc", &x->ground.roots) < 0) {
		explainer_free(&x);
		return -ENOMEM;
	}
	roots_settle(x->ground.roots);
	explain_trial_begin(x);
	*ret = x;
	return 0;
}

void explainer_free(struct explainer **explainer)
{
	struct explainer *x = *explainer;

	if (!x)
		return;
	explain_trial_end(x);
	policy_kernel_forget(&x->ground.kernel);
	hooks_free(&x->ground.hooks);
	features_free(&x->features);
	roots_free(&x->ground.roots);
	free(x);
	*explainer = NULL;
}

const struct error *explainer_refusal(const struct explainer *x)
{
	return x->refusal;
}

uint64_t explainer_bytes(const struct explainer *x)
{
	return x->bytes;
}

/* --- a hook */

const struct policy_point *explain_point(const struct explanation *e, size_t of)
{
	for (size_t i = 0; i < e->points.n; i++)
		if (e->points.v[i].of == of)
			return &e->points.v[i];
	return NULL;
}

static size_t count_places(const struct policy_point *p)
{
	return MAX(p->place.n_functions, 1);
}

static struct explained_place place_of(const struct policy_point *p, size_t i)
{
	bool by_number = p->place.kind == HOOK_POINT_TYPED_TRACEPOINT;

	return (struct explained_place){
		.told = p->told ? p->told : p->place.functions[i],
		.kind = hook_point_kind_name(p->place.kind),
		.by_number = by_number,
		.number = p->syscall,
		.compat = p->backend->compat,
		.on_return = p->backend->on_return,
	};
}

static void set_places(struct explanation *e, struct explained_hook *hook, size_t of)
{
	size_t n = 0;

	for (size_t i = 0; i < e->points.n; i++)
		if (e->points.v[i].of == of)
			n += count_places(&e->points.v[i]);
	hook->places = explain_take(&e->arena, n, sizeof(*hook->places));
	for (size_t i = 0; hook->places && i < e->points.n; i++)
		for (size_t j = 0; e->points.v[i].of == of && j < count_places(&e->points.v[i]);
		     j++)
			hook->places[hook->n_places++] = place_of(&e->points.v[i], j);
}

static void set_costs(const struct explanation *e, struct explained_hook *hook, size_t of,
		      const struct policy_point *first)
{
	hook->cost = cost_of(&first->plan, first->backend);
	for (size_t i = 0; i < e->points.n; i++) {
		const struct policy_point *p = &e->points.v[i];

		if (p->of == of && p->backend->on_return)
			hook->return_ns = cost_of(&p->plan, p->backend).hit;
	}
}

static bool takes_privileges(const struct explainer *x, const struct policy_hook_points *hook)
{
	return !x->privileged && (hook->result == -EACCES || hook->result == -EPERM);
}

/* That this process may not look is no mistake of the policy. */
static void soften(struct diagnostics *diags, const struct policy_hook_points *of)
{
	for (size_t i = of->first_finding; i < of->first_finding + of->n_findings; i++) {
		if (diags->v[i]->severity != SEVERITY_ERROR)
			continue;
		diags->v[i]->severity = SEVERITY_WARNING;
		if (!diags->v[i]->remedy)
			finding_remedy(diags->v[i], "run this as root to know");
	}
}

/* Returns whether the kernel has all that it needs, as far as that is known. */
static bool explain_hook(struct explainer *x, struct explanation *e, size_t of)
{
	struct explained_hook *hook = &e->hooks[e->n_hooks++];
	const struct policy_point *first = explain_point(e, of);
	_cleanup_str_ struct str description = STR_INIT;
	bool works = true;

	hook->of = &e->points.hooks[of];
	hook->state = hook_state_of(&e->points, of);
	hook->unknown = takes_privileges(x, hook->of);
	if (hook->unknown)
		soften(&e->diags, hook->of);
	hook_describe(hook->of->hook, &description);
	hook->description =
		explain_format(&e->arena, "%s", str_cstr(&description) ? description.data : "");
	if (first) {
		hook->backend = hook_point_kind_name(first->place.kind);
		hook->why = explain_backend(x, e, first);
		set_places(e, hook, of);
		explain_values(e, hook, first);
		explain_filters(e, hook, first);
		explain_actions(e, hook, first);
		set_costs(e, hook, of, first);
	}
	if (hook->of->result >= 0 && first) {
		works = explain_check_place(x, e, first);
		explain_warn(x, e, hook, first);
		explain_detours(e, hook->of->hook);
	}
	if (!works)
		hook->state = HOOK_STATE_UNSPECIFIED;
	if ((!works || hook->of->result < 0) && !hook->unknown)
		hook->nearest = explain_nearest(x, e, hook->of->hook);
	return works;
}

/* --- a policy */

/* That all errors are of hooks which it takes privileges to tell about. */
static bool only_unknown(const struct explanation *e)
{
	bool any = false;

	for (size_t i = 0; i < e->n_hooks; i++) {
		if (e->hooks[i].of->result < 0 && !e->hooks[i].unknown)
			return false;
		any |= e->hooks[i].unknown;
	}
	return any;
}

static int explain(struct explainer *x, const struct policy *policy, struct explanation *e)
{
	bool works = true;
	int r;

	*e = (struct explanation){.policy = policy};
	diagnostics_file(&e->diags, policy->file);
	r = policy_points_compile(&e->points, policy, &x->ground, &e->diags);
	e->hooks = explain_take(&e->arena, e->points.n_policy_hooks, sizeof(*e->hooks));
	if (r == -ENOMEM || !e->hooks)
		return -ENOMEM;
	for (size_t i = 0; i < e->points.n_policy_hooks; i++)
		works &= explain_hook(x, e, i);
	if (r >= 0 && works)
		works = explain_try(x, e);
	if (r < 0)
		e->verdict = only_unknown(e) ? POLICY_UNKNOWN : POLICY_REFUSED;
	else if (!works)
		e->verdict = POLICY_REFUSED;
	else if (!x->library)
		e->verdict = x->privileged ? POLICY_REFUSED : POLICY_UNKNOWN;
	else
		e->verdict = POLICY_LOADS;
	diagnostics_sort(&e->diags);
	return e->arena.failed || diagnostics_failed(&e->diags) ? -ENOMEM : 0;
}

int explain_policy(struct explainer *x, const struct policy *policy, struct explanation *ret)
{
	int r = explain(x, policy, ret);

	if (r < 0)
		explanation_done(x, ret);
	return r;
}

void explanation_done(struct explainer *x, struct explanation *e)
{
	policy_points_drop(&e->points, &x->ground);
	diagnostics_done(&e->diags);
	arena_done(&e->arena);
	*e = (struct explanation){0};
}
