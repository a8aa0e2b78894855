// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_entry.h"
#include "abi/hook.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "compile/effects.h"
#include "tracing/program_files.h"
#include "tracing/roots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- compiling */

/* What is wrong is logged, and is the reason. */
static int compile_policy(struct policy_set *set, struct policy_entry *e, struct str *reason)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	int r;

	diagnostics_file(&diags, e->policy->file);
	r = e->replaces ? policy_points_take_over(&e->points, &e->replaces->points) : 0;
	if (r < 0)
		return r;
	/* Before: what changes meanwhile is seen the next time. */
	if (policy_hooks_programs(e->policy))
		roots_settle(set->ground.roots);
	e->files = program_files_signature(e->policy, &set->ground);
	r = policy_points_compile(&e->points, e->policy, &set->ground, &diags);
	policy_log_findings(&diags);
	diagnostics_errors(&diags, POLICY_REASON_BYTES, reason);
	return r;
}

/* --- attaching */

static int refuse_tests(const struct policy_set *set, struct error **reterr)
{
	error_set(reterr, -E2BIG,
		  "the policies, with those that they take the place of, have more than %d "
		  "different tests of binaries, strings, parents' binaries and followed processes",
		  HOOK_TESTS);
	if (set->verdicts.n)
		error_remedy(reterr, "unload those that go first, with a SIGHUP of its own");
	return -E2BIG;
}

/* The numbers of those that are in the kernel already are theirs. */
static int number_tests(const struct policy_set *set, struct verdicts *verdicts,
			const struct policy_point *const *points, size_t n, struct error **reterr)
{
	int r = 0;

	verdicts_begin(verdicts, &set->verdicts);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = verdicts_add(verdicts, &points[i]->plan);
	if (r == -E2BIG)
		return refuse_tests(set, reterr);
	return r < 0 ? error_set(reterr, r, "out of memory") : 0;
}

static bool wants_loads(const struct policy_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i]->works && set->v[i]->points.loader)
			return true;
	return false;
}

static bool enforces(const struct policy_point *const *points, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (plan_enforces(&points[i]->plan))
			return true;
	return false;
}

/* Once, however often policies change. */
static void tell_unpinned(struct policy_set *set)
{
	const struct error *why = attachments_unpinned(set->attachments);
	_cleanup_free_ char *text = why ? error_text(why) : NULL;

	if (why && !set->unpinned)
		log_warn("should the agent be killed, what policies enforce ends with it: %s",
			 text ? text : "out of memory");
	set->unpinned = why;
}

/* Has the policies that work, and no others, in the kernel. */
static int attach(struct policy_set *set, struct error **reterr)
{
	_cleanup_free_ const struct policy_point **points = NULL;
	struct verdicts verdicts = {0};
	size_t n = 0;
	int r;

	for (size_t i = 0; i < set->n; i++)
		n += set->v[i]->points.n;
	points = calloc(n + 1, sizeof(*points));
	if (!points)
		return error_set(reterr, -ENOMEM, "out of memory");
	n = 0;
	for (size_t i = 0; i < set->n; i++)
		for (size_t j = 0; set->v[i]->works && j < set->v[i]->points.n; j++)
			points[n++] = &set->v[i]->points.v[j];
	r = number_tests(set, &verdicts, points, n, reterr);
	if (r >= 0 && !set->loads && wants_loads(set))
		r = loads_new(&set->loads, reterr);
	if (r >= 0)
		r = attachments_set(set->attachments, &verdicts, points, n, enforces(points, n),
				    reterr);
	if (r < 0) {
		verdicts_done(&verdicts);
		return r;
	}
	verdicts_replace(&set->verdicts, &verdicts);
	tell_unpinned(set);
	return 0;
}

void policy_set_end_loads(struct policy_set *set)
{
	if (!set->loads || wants_loads(set))
		return;
	loads_stop(set->loads);
	set->loads_gone = set->loads;
	set->loads = NULL;
}

static int prepare(struct policy_set *set, struct error **reterr)
{
	struct library_config config = process_sensor_share(set->sensor);
	struct kernel_functions *functions;
	const char *kernel;
	int r = 0;

	if (!set->library) {
		/* Those that policies' hooks are looked up in, as well. */
		functions = policy_kernel_functions(&set->ground.kernel, reterr);
		if (!functions)
			return -ENODATA;
		config.types = kernel_functions_types(functions, 0, &kernel);
		r = library_new(&config, &set->library, reterr);
	}
	if (r >= 0 && !set->attachments)
		r = scopes_use(set->ground.scopes, set->library, reterr);
	if (r >= 0 && !set->attachments &&
	    attachments_new(set->library, set->pins, &set->stopped, &set->attachments) < 0)
		r = error_set(reterr, -ENOMEM, "out of memory");
	if (r >= 0 && !set->ground.counters) {
		r = counters_new(&set->ground.counters);
		if (r < 0)
			error_set(reterr, r, "cannot count: %s", strerror(-r));
	}
	return r;
}

static void refuse(struct policy_set *set, struct policy_entry *e, const char *reason)
{
	policy_status_end(&e->status, &e->points, reason ? reason : "out of memory");
	policy_status_log(&e->status);
	policy_points_drop(&e->points, &set->ground);
	e->is_new = false;
}

static void refuse_compiled(struct policy_set *set, struct policy_entry *e, const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	log_error("policy %s is not loaded%s%s", policy_entry_name(e), text ? ": " : "",
		  text ? text : "");
	refuse(set, e, text);
}

/* The one that it replaces goes on as long as it does not work. */
static void set_works(struct policy_entry *e, bool works)
{
	e->works = works;
	if (e->replaces)
		e->replaces->works = !works && policy_state_works(e->replaces->status.state);
}

/*
 * Attaches these, with those that work already. When they cannot be together, one
 * of them is why: it is looked for by halving. Returns whether some are attached.
 */
static bool attach_some(struct policy_set *set, struct policy_entry **v, size_t n)
{
	bool left, right;
	_cleanup_error_ struct error *err = NULL;
	int r;

	for (size_t i = 0; i < n; i++)
		set_works(v[i], true);
	r = attach(set, &err);
	if (r >= 0)
		return true;
	for (size_t i = 0; i < n; i++)
		set_works(v[i], false);
	if (n == 1) {
		refuse_compiled(set, v[0], err);
		return false;
	}
	left = attach_some(set, v, n / 2);
	right = attach_some(set, v + n / 2, n - n / 2);
	return left || right;
}

/* --- all of it */

static size_t count_new(const struct policy_set *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += set->v[i]->is_new;
	return n;
}

/* Those that are named no more. Returns how many of them that concerns. */
static size_t set_unnamed_works(struct policy_set *set, bool works)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct policy_entry *e = set->v[i];

		if (e->is_named || !policy_state_works(e->status.state))
			continue;
		e->works = works;
		n++;
	}
	return n;
}

/* Has the kernel do what those @n new ones say, and all others that are to go on. */
static void attach_all(struct policy_set *set, struct policy_entry **v, size_t n)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = NULL;
	size_t ended = set_unnamed_works(set, false);

	if ((n && attach_some(set, v, n)) || !ended || attach(set, &err) >= 0)
		return;
	set_unnamed_works(set, true);
	text = err ? error_text(err) : NULL;
	log_error("%zu policies that are not wanted any more cannot be unloaded, and go on: %s",
		  ended, text ? text : "out of memory");
}

void policy_entries_refuse(struct policy_set *set, const char *reason)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i]->is_new)
			refuse(set, set->v[i], reason);
}

static void refuse_new(struct policy_set *set, const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	policy_entries_refuse(set, text);
}

/* Returns how many there are in @ret. */
static size_t compile_new(struct policy_set *set, struct policy_entry **ret)
{
	_cleanup_str_ struct str reason = STR_INIT;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct policy_entry *e = set->v[i];

		if (!e->is_new)
			continue;
		if (__atomic_load_n(&set->stopped, __ATOMIC_RELAXED)) {
			log_info("policy %s is not loaded: the agent stops", policy_entry_name(e));
			refuse(set, e, "the agent stops");
			continue;
		}
		str_reset(&reason);
		if (compile_policy(set, e, &reason) >= 0) {
			ret[n++] = e;
			continue;
		}
		log_error("policy %s is not loaded", policy_entry_name(e));
		refuse(set, e, reason.len ? str_cstr(&reason) : NULL);
	}
	return n;
}

/* Those that are switched off end, or never begin. */
static void settle_disabled(struct policy_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct policy_entry *e = set->v[i];

		if (!e->is_new || !e->change.disabled)
			continue;
		e->status.state = POLICY_STATE_DISABLED;
		e->is_new = false;
		if (e->replaces)
			e->replaces->is_named = false;
		e->replaces = NULL;
	}
}

/* When it cannot be what it is to be, what it was to replace goes on, or stays switched off. */
static bool is_over(const struct policy_entry *e)
{
	return (!e->is_named && !e->works) ||
	       (e->replaces && !e->works && (e->replaces->works || e->replaces->change.disabled));
}

static void log_over(const struct policy_entry *e)
{
	if (!e->is_named && policy_state_works(e->status.state))
		log_info("policy %s is unloaded", policy_entry_name(e));
	else if (e->replaces)
		log_warn("policy %s goes on as it was before", policy_entry_name(e));
}

/* Records of it may still be in the ring. */
static void retire(struct policy_set *set, struct policy_entry *e)
{
	policy_entry_remove(set, e);
	set->gone[set->n_gone++] = e;
}

/* What was replaced, what is named no more, and what could not replace what works. */
static void retire_all(struct policy_set *set)
{
	/* Each came after the one that it replaces. */
	for (size_t i = set->n; i-- > 0;) {
		struct policy_entry *e = set->v[i];

		if (!e->replaces || is_over(e))
			continue;
		retire(set, e->replaces);
		e->replaces = NULL;
	}
	for (size_t i = set->n; i-- > 0;) {
		struct policy_entry *e = set->v[i];

		if (!is_over(e))
			continue;
		log_over(e);
		retire(set, e);
	}
}

/* When one of them cannot be loaded, the others are not. */
static size_t attach_together(struct policy_set *set, struct policy_entry **v, size_t n,
			      size_t n_new)
{
	static const char why[] = "one that is restored together with it cannot be loaded";
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = NULL;

	if (!n_new)
		return 0;
	for (size_t i = 0; i < n; i++)
		set_works(v[i], n == n_new);
	if (n == n_new && attach(set, &err) >= 0)
		return n;
	text = err ? error_text(err) : NULL;
	for (size_t i = 0; i < n; i++) {
		set_works(v[i], false);
		refuse(set, v[i], text ? text : why);
	}
	return 0;
}

static int apply(struct policy_set *set, bool together, struct error **reterr)
{
	struct policy_entry **fresh = set->fresh;
	size_t n_new, n = 0;
	int r = 0;

	settle_disabled(set);
	n_new = count_new(set);
	if (n_new)
		r = prepare(set, reterr);
	if (r < 0)
		refuse_new(set, *reterr);
	else
		n = compile_new(set, fresh);
	policy_kernel_forget(&set->ground.kernel);
	if (together)
		n = attach_together(set, fresh, n, n_new);
	else
		attach_all(set, fresh, n);
	for (size_t i = 0; i < n; i++) {
		if (!fresh[i]->works)
			continue;
		policy_status_end(&fresh[i]->status, &fresh[i]->points, NULL);
		policy_status_log(&fresh[i]->status);
		fresh[i]->is_new = false;
	}
	retire_all(set);
	return r < 0 ? error_wrap(reterr, r, "no policy is loaded") : 0;
}

int policy_set_apply(struct policy_set *set, struct error **reterr)
{
	return apply(set, false, reterr);
}

int policy_entries_apply(struct policy_set *set, struct error **reterr)
{
	return apply(set, true, reterr);
}
