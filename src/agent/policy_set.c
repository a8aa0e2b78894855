// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_set.h"
#include "agent/policy_counts.h"
#include "tracing/attachments.h"
#include "abi/hook.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct policy *policy;
	struct policy_points points;
	struct policy_status status;
	bool works; /* its programs are, or are about to be, in the kernel */
};

struct policy_set {
	struct process_sensor *sensor;
	struct policy_ground ground;
	struct library *library;
	struct attachments *attachments;
	struct verdicts verdicts;
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

static void drop_entry(struct policy_set *set, struct entry *e)
{
	drop_points(set, e);
	policy_status_done(&e->status);
	policy_free(&e->policy);
}

void policy_set_missed(const struct policy_set *set, struct missed *missed)
{
	if (set->attachments)
		attachments_missed(set->attachments, missed);
}

/* What was missed at the places is still known. */
void policy_set_detach(struct policy_set *set)
{
	if (set->attachments)
		attachments_clear(set->attachments);
}

void policy_set_free(struct policy_set **set)
{
	if (!*set)
		return;
	policy_set_detach(*set);
	attachments_free(&(*set)->attachments);
	library_free(&(*set)->library);
	verdicts_done(&(*set)->verdicts);
	for (size_t i = 0; i < (*set)->n; i++)
		drop_entry(*set, &(*set)->v[i]);
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

/* --- reading */

static struct entry *find(const struct policy_set *set, const struct policy_status *key)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct policy_status *status = &set->v[i].status;

		if (status->domain == key->domain && !strcmp(status->name, key->name) &&
		    !strcmp(status->namespace, key->namespace))
			return &set->v[i];
	}
	return NULL;
}

static void remove_entry(struct policy_set *set, struct entry *e)
{
	size_t i = (size_t)(e - set->v);

	drop_entry(set, e);
	memmove(e, e + 1, (set->n - i - 1) * sizeof(*e));
	set->n--;
	set->n_applied -= i < set->n_applied;
}

static void log_taken(const struct policy *policy, const struct entry *other)
{
	const char *namespace = policy->metadata.namespace.s;

	log_error("%s:%u:%u: policy %s%s%s is not taken: %s has another of this name", policy->file,
		  policy->metadata.name.mark.line, policy->metadata.name.mark.column,
		  policy->metadata.name.s, *namespace ? " of namespace " : "", namespace,
		  other->status.file);
}

/* There is room for it. */
static void add(struct policy_set *set, struct policy *policy)
{
	struct entry e = {
		.policy = policy,
		.status = policy_status_begin(policy, POLICY_DOMAIN_STATIC),
	};
	struct entry *other = find(set, &e.status);

	if (other && other->status.state != POLICY_STATE_LOAD_ERROR) {
		log_taken(policy, other);
		drop_entry(set, &e);
		return;
	}
	if (other)
		remove_entry(set, other);
	set->v[set->n++] = e;
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
		add(set, policies_take(&policies, 0));
	return 0;
}

/* --- compiling */

static void append_first_error(const struct diagnostics *diags, struct str *out)
{
	size_t i = 0;

	while (i < diags->n && diags->v[i]->severity != SEVERITY_ERROR)
		i++;
	if (i == diags->n)
		return;
	finding_text(diags->v[i], out);
	out->len -= out->len > 0;
}

/* What is wrong is logged, and the first of it is the reason. */
static int compile_policy(struct policy_set *set, struct entry *e, struct str *reason)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	int r;

	diagnostics_file(&diags, e->policy->file);
	r = policy_points_compile(&e->points, e->policy, &set->ground, &diags);
	log_findings(&diags);
	append_first_error(&diags, reason);
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
		functions = policy_kernel_functions(&set->ground.kernel, reterr);
		if (!functions)
			return -ENODATA;
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

static void refuse(struct policy_set *set, struct entry *e, const char *reason)
{
	policy_status_end(&e->status, &e->points, reason ? reason : "out of memory");
	policy_status_log(&e->status);
	drop_points(set, e);
}

static void refuse_compiled(struct policy_set *set, struct entry *e, const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	log_error("policy %s is not loaded%s%s", name_of(e), text ? ": " : "", text ? text : "");
	refuse(set, e, text);
}

static int refuse_all(struct policy_set *set, int r, struct error **reterr)
{
	_cleanup_free_ char *text = *reterr ? error_text(*reterr) : NULL;

	for (size_t i = set->n_applied; i < set->n; i++)
		refuse(set, &set->v[i], text);
	set->n_applied = set->n;
	return error_wrap(reterr, r, "no policy is loaded");
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
		refuse_compiled(set, v[0], err);
		return;
	}
	attach_some(set, v, n / 2);
	attach_some(set, v + n / 2, n - n / 2);
}

int policy_set_apply(struct policy_set *set, struct error **reterr)
{
	_cleanup_free_ struct entry **compiled = NULL;
	_cleanup_str_ struct str reason = STR_INIT;
	size_t first = set->n_applied, n = 0;
	int r;

	if (first == set->n)
		return 0;
	r = prepare(set, reterr);
	if (r < 0)
		return refuse_all(set, r, reterr);
	compiled = calloc(set->n - first, sizeof(struct entry *));
	if (!compiled)
		return error_set(reterr, -ENOMEM, "out of memory");
	for (size_t i = first; i < set->n; i++) {
		str_reset(&reason);
		if (compile_policy(set, &set->v[i], &reason) >= 0) {
			compiled[n++] = &set->v[i];
			continue;
		}
		log_error("policy %s is not loaded", name_of(&set->v[i]));
		refuse(set, &set->v[i], reason.len ? str_cstr(&reason) : NULL);
	}
	policy_kernel_forget(&set->ground.kernel);
	attach_some(set, compiled, n);
	for (size_t i = first; i < set->n; i++) {
		if (!set->v[i].works)
			continue;
		policy_status_end(&set->v[i].status, &set->v[i].points, NULL);
		policy_status_log(&set->v[i].status);
	}
	set->n_applied = set->n;
	return 0;
}

size_t policy_set_count(const struct policy_set *set)
{
	return set->n;
}

const struct policy_status *policy_set_status(const struct policy_set *set, size_t i)
{
	return &set->v[i].status;
}

bool policy_set_wants_kernel_stacks(const struct policy_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		for (size_t j = 0; set->v[i].works && j < set->v[i].points.n; j++)
			if (plan_has_kernel_stacks(&set->v[i].points.v[j].plan))
				return true;
	return false;
}

void policy_set_print_counts(const struct policy_set *set, struct str *out)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].works)
			policy_counts_print(name_of(&set->v[i]), &set->v[i].points, out);
}
