// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_status.h"
#include "base/log.h"
#include "policy/action.h"

#include <string.h>

/* Of a list, so many functions are named in the log. */
#define PLACES_LOGGED 8

const char *policy_state_name(enum policy_state state)
{
	static const char *const names[] = {
		[POLICY_STATE_UNKNOWN] = "unknown",
		[POLICY_STATE_ENABLED] = "enabled",
		[POLICY_STATE_DISABLED] = "disabled",
		[POLICY_STATE_LOAD_ERROR] = "load_error",
		[POLICY_STATE_ERROR] = "error",
		[POLICY_STATE_LOADING] = "loading",
		[POLICY_STATE_UNLOADING] = "unloading",
		[POLICY_STATE_SKIPPED] = "skipped",
		[POLICY_STATE_PARTIALLY_ENABLED] = "partially_enabled",
	};

	return names[state];
}

const char *policy_status_mode_name(enum policy_status_mode mode)
{
	static const char *const names[] = {
		[POLICY_STATUS_MODE_UNKNOWN] = "unknown",
		[POLICY_STATUS_MODE_ENFORCE] = "enforce",
		[POLICY_STATUS_MODE_MONITOR] = "monitor",
		[POLICY_STATUS_MODE_MONITOR_ONLY] = "monitor_only",
	};

	return names[mode];
}

static enum policy_status_mode mode_of(const struct policy *policy)
{
	if (!policy_enforces(policy))
		return POLICY_STATUS_MODE_MONITOR_ONLY;
	return policy->settings.mode == POLICY_MODE_MONITOR ? POLICY_STATUS_MODE_MONITOR
							    : POLICY_STATUS_MODE_ENFORCE;
}

struct policy_status policy_status_begin(const struct policy *policy, const char *domain)
{
	return (struct policy_status){
		.name = policy->metadata.name.s,
		.namespace = policy->metadata.namespace.s,
		.file = policy->file ? policy->file : "",
		.domain = domain,
		.state = POLICY_STATE_LOADING,
		.mode = mode_of(policy),
	};
}

static const char *copy(struct arena *arena, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;
	char *to = text ? arena_alloc(arena, size) : NULL;

	return to ? memcpy(to, text, size) : NULL;
}

/* --- hooks */

static size_t count_places(const struct policy_point *p)
{
	return p->backend->on_return ? 0 : p->place.n_functions ? p->place.n_functions : 1;
}

/* What it tells of, one place after the other. */
static void set_places(struct policy_hook_status *hook, struct policy_points *points, size_t of)
{
	const char **v;
	size_t n = 0;

	for (size_t i = 0; i < points->n; i++)
		if (points->v[i].of == of)
			n += count_places(&points->v[i]);
	v = n ? arena_alloc(&points->arena, n * sizeof(*v)) : NULL;
	if (!v)
		return;
	hook->places = v;
	for (size_t i = 0; i < points->n; i++) {
		const struct policy_point *p = &points->v[i];

		if (p->of != of || p->backend->on_return)
			continue;
		if (!hook->backend)
			hook->backend = hook_point_kind_name(p->place.kind);
		for (size_t j = 0; j < count_places(p); j++)
			v[hook->n_places++] = p->told ? p->told : p->place.functions[j];
	}
}

/* In the arena of the points, or when these may go in that of the status. */
static void set_hook(struct policy_status *status, struct policy_hook_status *hook,
		     struct policy_points *points, size_t of)
{
	struct arena *arena = status->reason ? &status->arena : &points->arena;
	const struct policy_hook_points *from = &points->hooks[of];
	_cleanup_str_ struct str description = STR_INIT;

	hook_describe(from->hook, &description);
	*hook = (struct policy_hook_status){
		.section = hook_section_names[from->hook->kind],
		.index = from->index,
		.description = copy(arena, str_cstr(&description)),
		.reason = copy(arena, from->why),
	};
	if (status->reason)
		return;
	hook->state = hook_state_of(points, of);
	set_places(hook, points, of);
}

void policy_status_end(struct policy_status *status, struct policy_points *points,
		       const char *reason)
{
	struct arena *arena = reason ? &status->arena : &points->arena;
	size_t n = points->n_policy_hooks;

	status->state = reason ? POLICY_STATE_LOAD_ERROR : POLICY_STATE_ENABLED;
	status->reason = copy(&status->arena, reason);
	status->hooks = n ? arena_alloc(arena, n * sizeof(*status->hooks)) : NULL;
	for (size_t i = 0; status->hooks && i < n; i++) {
		set_hook(status, &status->hooks[status->n_hooks++], points, i);
		if (!reason && status->hooks[i].state != HOOK_STATE_LOADED)
			status->state = POLICY_STATE_PARTIALLY_ENABLED;
	}
}

/* --- the log */

static void log_hook(const struct policy_status *status, const struct policy_hook_status *hook)
{
	_cleanup_str_ struct str places = STR_INIT;

	for (size_t i = 0; i < hook->n_places && i < PLACES_LOGGED; i++)
		str_appendf(&places, "%s%s", i ? ", " : ": ", hook->places[i]);
	if (hook->n_places > PLACES_LOGGED)
		str_appendf(&places, " and %zu more", hook->n_places - PLACES_LOGGED);
	log_debug("policy %s: %s[%zu] %s: %s%s%s%s", status->name, hook->section, hook->index,
		  hook->description ? hook->description : "", hook_state_name(hook->state),
		  hook->backend ? ", " : "", hook->backend ? hook->backend : "",
		  str_cstr(&places) ? places.data : "");
}

void policy_status_log(const struct policy_status *status)
{
	/* What only tells need not be said to do so. */
	bool enforces = status->mode != POLICY_STATUS_MODE_MONITOR_ONLY;

	if (policy_state_works(status->state))
		log_info("policy %s: %s, %zu hook%s%s%s", status->name,
			 policy_state_name(status->state), status->n_hooks,
			 status->n_hooks == 1 ? "" : "s", enforces ? ", mode " : "",
			 enforces ? policy_status_mode_name(status->mode) : "");
	for (size_t i = 0; i < status->n_hooks; i++)
		log_hook(status, &status->hooks[i]);
}

void policy_status_done(struct policy_status *status)
{
	arena_done(&status->arena);
	*status = (struct policy_status){0};
}
