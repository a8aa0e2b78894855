// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_set.h"
#include "tracing/attachments.h"
#include "tracing/lineage.h"
#include "abi/hook.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/macro.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct policy *policy;
	struct policy_points points;
	bool works;
};

struct policy_set {
	struct process_sensor *sensor;
	struct policy_ground ground;
	struct library *library;
	struct attachments *attachments;
	struct verdicts verdicts;
	struct lineage lineage;
	struct loads *loads; /* NULL: nobody asks */
	struct entry *v;
	size_t n, n_applied;
};

int policy_set_new(struct process_sensor *sensor, struct hooks *hooks,
		   const struct plan_facts *facts, struct policy_set **ret)
{
	struct policy_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->sensor = sensor;
	set->ground.hooks = hooks;
	policy_kernel_init(&set->ground.kernel, facts);
	*ret = set;
	return 0;
}

/* Forgets what was compiled of it. */
static void drop_points(struct policy_set *set, struct entry *e)
{
	policy_points_drop(&e->points, &set->ground);
	e->works = false;
}

void policy_set_missed(const struct policy_set *set, struct missed *missed)
{
	if (set->attachments)
		attachments_missed(set->attachments, missed);
	lineage_missed(&set->lineage, missed);
}

/* What was missed at the places is still known. */
void policy_set_detach(struct policy_set *set)
{
	if (set->attachments)
		attachments_set(set->attachments, &set->verdicts, NULL, 0, NULL);
	lineage_detach(&set->lineage);
	if (set->loads)
		loads_stop(set->loads);
}

void policy_set_free(struct policy_set **set)
{
	if (!*set)
		return;
	policy_set_detach(*set);
	attachments_free(&(*set)->attachments);
	lineage_done(&(*set)->lineage);
	loads_free(&(*set)->loads);
	library_free(&(*set)->library);
	verdicts_done(&(*set)->verdicts);
	for (size_t i = 0; i < (*set)->n; i++) {
		drop_points(*set, &(*set)->v[i]);
		policy_free(&(*set)->v[i].policy);
	}
	counters_free(&(*set)->ground.counters);
	free((*set)->v);
	free(*set);
	*set = NULL;
}

static void log_findings(struct diagnostics *diags)
{
	diagnostics_sort(diags);
	for (size_t i = 0; i < diags->n; i++) {
		_cleanup_str_ struct str text = STR_INIT;

		finding_text(diags->v[i], &text);
		if (diags->v[i]->severity == SEVERITY_ERROR)
			log_error("%s", str_cstr(&text));
		else
			log_warn("%s", str_cstr(&text));
	}
}

int policy_set_read(struct policy_set *set, const char *path, struct error **reterr)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	struct entry *v;
	int r = policies_load(&policies, &diags, path);

	if (r < 0)
		return error_set(reterr, r, "cannot read %s: %s", path, strerror(-r));
	log_findings(&diags);
	v = reallocarray(set->v, set->n + policies.n + 1, sizeof(*v));
	if (!v)
		return error_set(reterr, -ENOMEM, "out of memory");
	set->v = v;
	while (policies.n)
		v[set->n++] = (struct entry){.policy = policies_take(&policies, 0)};
	return 0;
}

/* --- compiling */

static int compile_policy(struct policy_set *set, struct entry *e)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	int r;

	diagnostics_file(&diags, e->policy->file);
	r = policy_points_compile(&e->points, e->policy, &set->ground, &diags);
	log_findings(&diags);
	return r;
}

/* --- attaching */

static int number_tests(struct policy_set *set, const struct policy_point *const *points, size_t n,
			struct error **reterr)
{
	int r = 0;

	verdicts_begin(&set->verdicts);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = verdicts_add(&set->verdicts, &points[i]->plan);
	if (r == -E2BIG)
		return error_set(
			reterr, r,
			"the policies have more than %d different tests of binaries, strings, "
			"parents' binaries and followed processes",
			HOOK_TESTS);
	return r < 0 ? error_set(reterr, r, "out of memory") : 0;
}

static int set_loads(struct policy_set *set, struct error **reterr)
{
	bool wanted = false;

	for (size_t i = 0; i < set->n; i++)
		wanted |= set->v[i].works && set->v[i].points.loader;
	if (wanted && !set->loads)
		return loads_new(&set->loads, reterr);
	if (!wanted)
		loads_free(&set->loads);
	return 0;
}

/* Has the policies that work, and no others, in the kernel. */
static int attach(struct policy_set *set, struct error **reterr)
{
	_cleanup_free_ const struct policy_point **points = NULL;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < set->n; i++)
		n += set->v[i].points.n;
	points = calloc(n + 1, sizeof(*points));
	if (!points)
		return error_set(reterr, -ENOMEM, "out of memory");
	n = 0;
	for (size_t i = 0; i < set->n; i++)
		for (size_t j = 0; set->v[i].works && j < set->v[i].points.n; j++)
			points[n++] = &set->v[i].points.v[j];
	r = number_tests(set, points, n, reterr);
	/* First, so that nothing is forked or executed unseen while calls are looked at. */
	if (r >= 0)
		r = lineage_set(&set->lineage, set->library, &set->verdicts, reterr);
	if (r >= 0)
		r = set_loads(set, reterr);
	if (r < 0)
		return r;
	return attachments_set(set->attachments, &set->verdicts, points, n, reterr);
}

static int prepare(struct policy_set *set, struct error **reterr)
{
	struct library_config config = process_sensor_share(set->sensor);
	struct kernel_functions *functions;
	const char *kernel;
	int r = 0;

	if (!set->library) {
		/* Those that policies' hooks are looked up in, as well. */
		functions = policy_kernel_functions(&set->ground.kernel, NULL);
		if (functions)
			config.types = kernel_functions_types(functions, 0, &kernel);
		r = library_new(&config, &set->library, reterr);
	}
	if (r >= 0 && !set->attachments && attachments_new(set->library, &set->attachments) < 0)
		r = error_set(reterr, -ENOMEM, "out of memory");
	if (r >= 0 && !set->ground.counters) {
		r = counters_new(&set->ground.counters);
		if (r < 0)
			error_set(reterr, r, "cannot count: %s", strerror(-r));
	}
	return r;
}

static const char *name_of(const struct entry *e)
{
	return e->policy->metadata.name.s;
}

static void refuse(struct policy_set *set, struct entry *e, const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	drop_points(set, e);
	log_error("policy %s is not loaded%s%s", name_of(e), text ? ": " : "", text ? text : "");
}

/*
 * Attaches these, with those that work already. When they cannot be together, one
 * of them is why: it is looked for by halving.
 */
static void attach_some(struct policy_set *set, struct entry **v, size_t n)
{
	_cleanup_error_ struct error *err = NULL;
	int r;

	for (size_t i = 0; i < n; i++)
		v[i]->works = true;
	r = n ? attach(set, &err) : 0;
	if (r >= 0)
		return;
	for (size_t i = 0; i < n; i++)
		v[i]->works = false;
	if (n == 1) {
		refuse(set, v[0], err);
		return;
	}
	attach_some(set, v, n / 2);
	attach_some(set, v + n / 2, n - n / 2);
}

int policy_set_apply(struct policy_set *set, struct error **reterr)
{
	_cleanup_free_ struct entry **compiled = NULL;
	size_t first = set->n_applied, n = 0;
	int r;

	if (first == set->n)
		return 0;
	r = prepare(set, reterr);
	if (r < 0)
		return error_wrap(reterr, r, "no policy is loaded");
	compiled = calloc(set->n - first, sizeof(struct entry *));
	if (!compiled)
		return error_set(reterr, -ENOMEM, "out of memory");
	for (size_t i = first; i < set->n; i++) {
		if (compile_policy(set, &set->v[i]) >= 0)
			compiled[n++] = &set->v[i];
		else
			refuse(set, &set->v[i], NULL);
	}
	policy_kernel_forget(&set->ground.kernel);
	attach_some(set, compiled, n);
	for (size_t i = first; i < set->n; i++)
		if (set->v[i].works)
			log_info("policy %s: %zu hooks", name_of(&set->v[i]),
				 set->v[i].points.n_hooks);
	set->n_applied = set->n;
	return 0;
}

struct loads *policy_set_loads(const struct policy_set *set)
{
	return set->loads;
}

bool policy_set_wants_kernel_stacks(const struct policy_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		for (size_t j = 0; set->v[i].works && j < set->v[i].points.n; j++)
			if (plan_has_kernel_stacks(&set->v[i].points.v[j].plan))
				return true;
	return false;
}

/* --- what they count */

/* Those that are 0 are left out, as everywhere in the ledger. */
static void print_counts(const char *what, const char *name, const struct hook_counts *counts,
			 struct str *out)
{
	const struct {
		const char *name;
		uint64_t n;
	} v[] = {{"post", counts->post}, {"nopost", counts->nopost}, {"limited", counts->limited}};

	str_appendf(out, "%s=%s", what, name);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		if (v[i].n)
			str_appendf(out, " %s=%llu", v[i].name, (unsigned long long)v[i].n);
	str_append_char(out, '\n');
}

static void print_hook_counts(const struct entry *e, const struct policy_hook_counts *hook,
			      struct hook_counts *total, struct str *out)
{
	for (uint32_t i = 0; i < hook->counters.n; i++) {
		_cleanup_free_ char *name = NULL;
		struct hook_counts counts = counters_read(&hook->counters, i);

		counts_add(total, &counts);
		if (asprintf(&name, "%s/%s[%zu].selectors[%u]", name_of(e),
			     hook_section_names[hook->hook->kind], hook->index, i) < 0)
			name = NULL;
		else if (counts.post || counts.nopost || counts.limited)
			print_counts("selector", name, &counts, out);
	}
}

void policy_set_print_counts(const struct policy_set *set, struct str *out)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct entry *e = &set->v[i];
		struct hook_counts total = {0};

		if (!e->works)
			continue;
		for (size_t j = 0; j < e->points.n_counts; j++)
			print_hook_counts(e, &e->points.counts[j], &total, out);
		print_counts("policy", name_of(e), &total, out);
	}
}
