// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_set.h"
#include "agent/policy_counts.h"
#include "agent/policy_entry.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int policy_set_new(struct process_sensor *sensor, struct hooks *hooks, struct pins *pins,
		   struct scopes *scopes, struct roots *roots, const struct plan_facts *facts,
		   struct policy_set **ret)
{
	struct policy_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->sensor = sensor;
	set->pins = pins;
	set->ground.hooks = hooks;
	set->ground.agent = (uint32_t)getpid();
	set->ground.scopes = scopes;
	set->ground.roots = roots;
	policy_kernel_init(&set->ground.kernel, facts);
	*ret = set;
	return 0;
}

void policy_set_stop(struct policy_set *set)
{
	__atomic_store_n(&set->stopped, true, __ATOMIC_RELAXED);
}

/* What was missed at the places is still known. */
void policy_set_detach(struct policy_set *set)
{
	if (set->attachments)
		attachments_clear(set->attachments);
	if (set->loads)
		loads_stop(set->loads);
}

void policy_set_leave(struct policy_set *set)
{
	if (set->attachments)
		attachments_leave(set->attachments);
}

size_t policy_set_mend(struct policy_set *set, size_t n,
		       void (*found)(const char *where, const char *what))
{
	return set->attachments ? attachments_mend(set->attachments, n, found) : 0;
}

static void end_hooks(struct hooks *hooks, const struct policy_points *points)
{
	for (size_t i = 0; i < points->n; i++) {
		const struct policy_point *p = &points->v[i];

		hooks_end(hooks, p->plan.hook);
		for (size_t j = 0; j < p->place.n_functions; j++)
			hooks_end(hooks, (uint32_t)p->place.cookies[j]);
	}
}

void policy_set_end_hooks(const struct policy_set *set)
{
	for (size_t i = 0; i < set->n_gone; i++)
		end_hooks(set->ground.hooks, &set->gone[i]->points);
}

void policy_set_forget(struct policy_set *set)
{
	/* In the order in which they took each other's place. */
	for (size_t i = 0; i < set->n_gone; i++) {
		struct policy_entry *e = set->gone[i];

		if (e->heir)
			policy_counts_move(set, e, e->heir);
		policy_entry_free(set, &e);
	}
	set->n_gone = 0;
	if (set->loads_gone)
		set->loads_lost += loads_lost(set->loads_gone);
	loads_free(&set->loads_gone);
}

void policy_set_free(struct policy_set **set)
{
	if (!*set)
		return;
	policy_set_detach(*set);
	attachments_free(&(*set)->attachments);
	loads_free(&(*set)->loads);
	library_free(&(*set)->library);
	verdicts_done(&(*set)->verdicts);
	policy_set_forget(*set);
	for (size_t i = 0; i < (*set)->n; i++)
		policy_entry_free(*set, &(*set)->v[i]);
	counters_free(&(*set)->ground.counters);
	free((*set)->v);
	free((*set)->gone);
	free((*set)->fresh);
	free(*set);
	*set = NULL;
}

/* --- reading */

void policy_log_findings(struct diagnostics *diags)
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

static void log_taken(const struct policy *policy, const struct policy_entry *other)
{
	const char *namespace = policy->metadata.namespace.s;

	log_error("%s:%u:%u: policy %s%s%s is not taken: %s has another of this name", policy->file,
		  policy->metadata.name.mark.line, policy->metadata.name.mark.column,
		  policy->metadata.name.s, *namespace ? " of namespace " : "", namespace,
		  other->status.file);
}

/* Whether the same text, of the same file, has settled already as it is to be. */
static bool is_same(const struct policy *policy, const struct policy_entry *other)
{
	return (policy_state_works(other->status.state) || other->change.disabled) &&
	       !strcmp(other->status.file, policy->file) && other->policy->digest == policy->digest;
}

/* What somebody has changed of it stays as long as there is one of that name. */
static int add(struct policy_set *set, struct policy *policy)
{
	const struct policy_key key = {policy->metadata.name.s, policy->metadata.namespace.s,
				       POLICY_DOMAIN_STATIC};
	struct policy_entry *other = policy_entry_find(set, &key, true), *e;

	if (other || ((other = policy_entry_find(set, &key, false)) && other->is_named)) {
		log_taken(policy, other);
		policy_free(&policy);
		return 0;
	}
	if (other)
		other->is_named = true;
	if (other && is_same(policy, other)) {
		policy_free(&policy);
		return 0;
	}
	e = policy_entry_add(set, policy, POLICY_DOMAIN_STATIC,
			     other ? &other->change : &(struct policy_change){0}, NULL);
	if (!e)
		return -ENOMEM;
	e->replaces = other;
	return 0;
}

/* Of a file with mistakes, or a directory that cannot be read, nobody knows which policies it is to
 * have: those that it had stay. */
static void keep_those_of(struct policy_set *set, const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (size_t i = 0; i < set->n; i++) {
		const char *file = set->v[i]->status.file;

		if (!strncmp(file, path, len) && (file[len] == '\0' || file[len] == '/'))
			set->v[i]->is_named = true;
	}
}

void policy_set_begin(struct policy_set *set)
{
	set->unread = false;
	for (size_t i = 0; i < set->n; i++)
		set->v[i]->is_named = strcmp(set->v[i]->domain, POLICY_DOMAIN_STATIC) != 0;
}

void policy_set_cancel(struct policy_set *set)
{
	for (size_t i = set->n; i-- > 0;) {
		struct policy_entry *e = set->v[i];

		e->is_named = true;
		if (!e->is_new)
			continue;
		policy_entry_remove(set, e);
		policy_entry_free(set, &e);
	}
}

int policy_set_read(struct policy_set *set, const char *path, struct error **reterr)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	int r = policies_load(&policies, &diags, path);

	if (r < 0) {
		set->unread = true;
		return error_set(reterr, r, "cannot read %s: %s", path, strerror(-r));
	}
	policy_log_findings(&diags);
	while (policies.n && r >= 0)
		r = add(set, policies_take(&policies, 0));
	for (size_t i = 0; i < diags.n; i++)
		if (diags.v[i]->severity == SEVERITY_ERROR && diags.v[i]->file) {
			keep_those_of(set, diags.v[i]->file);
			set->unread = true;
		}
	return r < 0 ? error_set(reterr, r, "out of memory") : 0;
}

/* --- what there is to know of them */

size_t policy_set_count(const struct policy_set *set)
{
	return set->n;
}

const struct policy_status *policy_set_status(const struct policy_set *set, size_t i)
{
	return &set->v[i]->status;
}

bool policy_set_is_whole(const struct policy_set *set)
{
	if (set->unread)
		return false;
	for (size_t i = 0; i < set->n; i++)
		if (!policy_state_works(set->v[i]->status.state) && !set->v[i]->change.disabled)
			return false;
	return true;
}

struct loads *policy_set_loads(const struct policy_set *set)
{
	return set->loads;
}

uint64_t policy_set_loads_lost(const struct policy_set *set)
{
	return set->loads_lost + (set->loads ? loads_lost(set->loads) : 0);
}

bool policy_set_wants_kernel_stacks(const struct policy_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		for (size_t j = 0; set->v[i]->works && j < set->v[i]->points.n; j++)
			if (plan_has_kernel_stacks(&set->v[i]->points.v[j].plan))
				return true;
	return false;
}

static int compare_hook(const void *key, const void *element)
{
	const struct hook_share *share = element;
	uint32_t hook = *(const uint32_t *)key;

	return hook < share->hook ? -1 : hook > share->hook;
}

static struct policy_share share_of(const struct policy_entry *e, const struct hook_share *hooks,
				    size_t n)
{
	const struct policy_points *points = &e->points;
	struct policy_share share = {.cost = e->cost};

	if (points->owners > 0)
		share.memory = owners_memory(points->owners);
	for (size_t i = 0; i < points->n_policy_hooks; i++)
		share.memory += counters_memory(&points->hooks[i].counters);
	for (size_t i = 0; i < points->n; i++) {
		const struct hook_share *found =
			n ? bsearch(&points->v[i].plan.hook, hooks, n, sizeof(*hooks), compare_hook)
			  : NULL;

		if (!found)
			continue;
		share.memory += found->bytes;
		share.cost.ns += found->cost.ns;
		share.cost.runs += found->cost.runs;
	}
	return share;
}

struct policy_share *policy_set_shares(const struct policy_set *set)
{
	struct policy_share *shares = calloc(set->n + 1, sizeof(*shares));
	_cleanup_free_ struct hook_share *hooks = NULL;
	ssize_t n = set->attachments ? attachments_shares(set->attachments, &hooks) : 0;

	if (n < 0 || !shares) {
		free(shares);
		return NULL;
	}
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i]->works)
			shares[i] = share_of(set->v[i], hooks, (size_t)n);
	return shares;
}

struct run_cost policy_entry_cost(const struct policy_set *set, const struct policy_entry *e)
{
	_cleanup_free_ struct hook_share *hooks = NULL;
	ssize_t n = set->attachments ? attachments_shares(set->attachments, &hooks) : 0;

	return share_of(e, hooks, (size_t)MAX(n, 0)).cost;
}

void policy_set_missed(const struct policy_set *set, struct missed *missed)
{
	if (set->attachments)
		attachments_missed(set->attachments, missed);
}

void policy_set_print_counts(const struct policy_set *set, struct str *out)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i]->works)
			policy_counts_print(set, set->v[i], out);
}
