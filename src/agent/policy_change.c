// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_entry.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"
#include "policy/action.h"
#include "tracing/program_files.h"
#include "tracing/roots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Each has its share of what is compiled, and of what is looked through. */
#define POLICIES_MAX 10000

/* --- what there is to say */

static int refuse_text(const struct diagnostics *diags, struct error **reterr)
{
	_cleanup_str_ struct str text = STR_INIT;

	diagnostics_errors(diags, POLICY_REASON_BYTES, &text);
	return error_set(reterr, -EINVAL, "%s",
			 str_cstr(&text) ? text.data : "there are errors in it");
}

static int refuse_unknown(const struct policy_key *key, struct error **reterr)
{
	error_set(reterr, -ENOENT, "there is no policy %s%s%s in the domain %s", key->name,
		  *key->namespace ? " of namespace " : "", key->namespace, key->domain);
	error_remedy(reterr, "ocelli policy list tells which there are");
	return -ENOENT;
}

/* What became of it. Where nobody has said more, the reason is all there is. */
static int result_of(const struct policy_set *set, const struct policy_entry *e,
		     struct error **reterr)
{
	bool stopped = __atomic_load_n(&set->stopped, __ATOMIC_RELAXED);

	if (policy_state_works(e->status.state))
		return 0;
	error_free(reterr);
	return error_set(reterr, stopped ? -ECANCELED : -ENOEXEC, "policy %s is not loaded: %s",
			 e->status.name, e->status.reason ? e->status.reason : "out of memory");
}

/* --- adding */

static int read_one(const char *where, const char *text, size_t len, struct policy **ret,
		    struct error **reterr)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	int r = policies_read(&policies, &diags, where, text, len);

	if (r < 0)
		return error_set(reterr, r, "out of memory");
	if (diags.counts[SEVERITY_ERROR])
		return refuse_text(&diags, reterr);
	if (policies.n != 1) {
		error_set(reterr, -EINVAL, "there are %zu policies in this text", policies.n);
		error_remedy(reterr, "add each of them by itself");
		return -EINVAL;
	}
	policy_log_findings(&diags);
	*ret = policies_take(&policies, 0);
	return 0;
}

static struct policy_key key_of(const struct policy *policy, const char *domain)
{
	return (struct policy_key){policy->metadata.name.s, policy->metadata.namespace.s, domain};
}

/* Of those that are to be, not of those that are there. */
static int check_room(const struct policy_set *set, size_t more, struct error **reterr)
{
	if (set->n + more <= POLICIES_MAX)
		return 0;
	error_set(reterr, -ENOSPC, "there are %zu policies already, and the limit is %d", set->n,
		  POLICIES_MAX);
	error_remedy(reterr, "delete those that are not needed");
	return -ENOSPC;
}

static int refuse_taken(const struct policy_entry *other, struct error **reterr)
{
	error_set(reterr, -EEXIST, "there is a policy %s in the domain %s already",
		  other->status.name, other->domain);
	error_remedy(reterr, "delete that one first, or add this one under another name or domain");
	return -EEXIST;
}

static int add(struct policy_set *set, struct policy *policy, const char *domain,
	       const struct policy_change *change, struct policy_entry **ret, struct error **reterr)
{
	struct policy_key key = key_of(policy, domain);
	struct policy_entry *other = policy_entry_find(set, &key, true), *e;

	if (!other)
		other = policy_entry_find(set, &key, false);
	if (other && other->status.state != POLICY_STATE_LOAD_ERROR) {
		policy_free(&policy);
		return refuse_taken(other, reterr);
	}
	e = policy_entry_add(set, policy, domain, change, NULL);
	if (!e)
		return error_set(reterr, -ENOMEM, "out of memory");
	e->replaces = other;
	*ret = e;
	return 0;
}

int policy_set_add(struct policy_set *set, const char *domain, const char *text, size_t len,
		   struct policy_key *ret, struct error **reterr)
{
	struct policy_entry *e;
	struct policy *policy;
	int r = check_room(set, 1, reterr);

	if (r >= 0)
		r = read_one(NULL, text, len, &policy, reterr);
	if (r >= 0)
		r = add(set, policy, domain, &(struct policy_change){0}, &e, reterr);
	if (r < 0)
		return r;
	policy_set_apply(set, reterr);
	*ret = policy_entry_key(e);
	return result_of(set, e, reterr);
}

/* --- restoring */

static int read_kept(const struct policy_kept *kept, struct policy **ret, struct error **reterr)
{
	int r = read_one(kept->where, kept->text, strlen(kept->text), ret, reterr);
	const struct policy_metadata *metadata;

	if (r < 0)
		return r;
	metadata = &(*ret)->metadata;
	if (!strcmp(metadata->name.s, kept->key.name) &&
	    !strcmp(metadata->namespace.s, kept->key.namespace))
		return 0;
	error_set(reterr, -EINVAL, "%s: the policy in it is %s, and the file's name says %s",
		  kept->where, metadata->name.s, kept->key.name);
	policy_free(ret);
	return -EINVAL;
}

/* Adds it, unless it is there already. */
static int add_kept(struct policy_set *set, const struct policy_kept *kept, struct error **reterr)
{
	const struct policy_entry *other = policy_entry_find(set, &kept->key, false);
	struct policy_entry *e;
	struct policy *policy;
	int r;

	if (other && other->status.state != POLICY_STATE_LOAD_ERROR)
		return 0;
	r = read_kept(kept, &policy, reterr);
	if (r >= 0)
		r = add(set, policy, kept->key.domain, &kept->change, &e, reterr);
	if (r >= 0)
		e->is_kept = true;
	return r;
}

/* Those that could not be restored before are tried again, or are no more. Returns how many. */
static size_t let_go(struct policy_set *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct policy_entry *e = set->v[i];

		if (!e->is_kept || e->status.state != POLICY_STATE_LOAD_ERROR)
			continue;
		e->is_named = false;
		n++;
	}
	return n;
}

/* Each that can be named is there, whatever the others are. Returns 0, or why not all are. */
static int add_all_kept(struct policy_set *set, const struct policy_kept *v, size_t n,
			struct error **reterr)
{
	int first = check_room(set, n - MIN(n, let_go(set)), reterr);

	for (size_t i = 0; i < n && first != -ENOSPC; i++) {
		_cleanup_error_ struct error *err = NULL;
		int r = add_kept(set, &v[i], &err);

		if (r >= 0)
			continue;
		log_error("%s", err ? err->message : strerror(-r));
		if (first >= 0)
			first = error_set(reterr, r, "%s", err ? err->message : strerror(-r));
	}
	return first;
}

static const struct policy_entry *first_refused(const struct policy_set *set, uint64_t from_id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i]->status.id >= from_id &&
		    set->v[i]->status.state == POLICY_STATE_LOAD_ERROR)
			return set->v[i];
	return NULL;
}

int policy_set_restore(struct policy_set *set, const struct policy_kept *v, size_t n, bool all,
		       struct error **reterr)
{
	uint64_t first_id = set->last_id + 1;
	const struct policy_entry *refused;
	int r = add_all_kept(set, v, n, reterr);

	if (r < 0 || !all) {
		policy_entries_refuse(set, "one that is restored together with it cannot be read");
		policy_entries_apply(set, NULL);
		return r < 0 ? r : -EINVAL;
	}
	policy_entries_apply(set, reterr);
	refused = first_refused(set, first_id);
	return refused ? result_of(set, refused, reterr) : 0;
}

/* --- what is there */

static bool is_in(const struct policy_set *set, const struct policy_entry *e)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i] == e)
			return true;
	return false;
}

/* Returns whether it has. */
static bool end(struct policy_set *set, struct policy_entry *e, struct error **reterr)
{
	e->is_named = false;
	policy_set_apply(set, reterr);
	if (!is_in(set, e))
		return true;
	e->is_named = true;
	error_free(reterr);
	return false;
}

static int refuse_to_end(const struct policy_entry *e, struct error **reterr)
{
	error_set(reterr, -EBUSY, "policy %s cannot be unloaded, and goes on", e->status.name);
	error_remedy(reterr, "the agent's log says why");
	return -EBUSY;
}

int policy_set_delete(struct policy_set *set, const struct policy_key *key, struct error **reterr)
{
	struct policy_entry *e = policy_entry_find(set, key, false);

	if (!e)
		return refuse_unknown(key, reterr);
	return end(set, e, reterr) ? 0 : refuse_to_end(e, reterr);
}

const struct policy_change *policy_set_changed(const struct policy_set *set,
					       const struct policy_key *key, const char **ret_text)
{
	const struct policy_entry *e = policy_entry_find(set, key, false);

	if (!e)
		return NULL;
	*ret_text = e->policy->text;
	return &e->change;
}

static enum policy_mode mode_of(const struct policy_entry *e, const struct policy_change *change)
{
	enum policy_mode mode = change->mode ? change->mode : e->policy->settings.written_mode;

	return mode == POLICY_MODE_MONITOR ? mode : POLICY_MODE_ENFORCE;
}

static int check_change(const struct policy_entry *e, const struct policy_change *change,
			struct error **reterr)
{
	if (e->status.state == POLICY_STATE_LOAD_ERROR) {
		error_set(reterr, -ENOEXEC, "policy %s was not loaded: %s", e->status.name,
			  e->status.reason ? e->status.reason : "out of memory");
		error_remedy(reterr, "add it again when that is mended");
		return -ENOEXEC;
	}
	if (change->mode != e->change.mode && change->mode && !policy_enforces(e->policy)) {
		error_set(reterr, -ENOEXEC, "policy %s has no mode: it only tells of what happens",
			  e->status.name);
		error_remedy(reterr, "an action of it would have to do something, such as Sigkill");
		return -ENOEXEC;
	}
	return 0;
}

/* The one that is there goes on until this one does what is asked. */
static int replace(struct policy_set *set, struct policy_entry *old, struct policy_entry *e,
		   struct error **reterr)
{
	e->replaces = old;
	old->is_named = true;
	policy_set_apply(set, reterr);
	if (!e->change.disabled)
		return result_of(set, e, reterr);
	if (!is_in(set, old))
		return 0;
	/* It is not there until it can be. */
	old->is_named = true;
	policy_entry_remove(set, e);
	policy_entry_free(set, &e);
	return refuse_to_end(old, reterr);
}

static int by_id(const void *a, const void *b)
{
	const struct policy_entry *const *x = a, *const *y = b;

	return (*x)->status.id<(*y)->status.id ? -1 : (*x)->status.id>(*y)->status.id;
}

/* Compiles it anew, with that change; until that works the old one goes on. */
static int renew(struct policy_set *set, struct policy_entry *old,
		 const struct policy_change *change, struct error **reterr)
{
	enum policy_mode before = old->policy->settings.mode;
	struct policy_entry *e;
	int r;

	e = policy_entry_add(set, policy_ref(old->policy), old->domain, change, old);
	if (!e)
		return error_set(reterr, -ENOMEM, "out of memory");
	e->cost = policy_entry_cost(set, old);
	r = replace(set, old, e, reterr);
	if (r < 0) {
		policy_change_mode(old->policy, before);
		return r;
	}
	old->heir = e;
	qsort(set->v, set->n, sizeof(*set->v), by_id);
	log_info("policy %s: %s, mode %s", e->status.name, policy_state_name(e->status.state),
		 policy_status_mode_name(e->status.mode));
	return 0;
}

int policy_set_configure(struct policy_set *set, const struct policy_key *key,
			 const struct policy_change *change, struct error **reterr)
{
	struct policy_entry *old = policy_entry_find(set, key, false);
	int r;

	if (!old)
		return refuse_unknown(key, reterr);
	r = check_change(old, change, reterr);
	if (r < 0)
		return r;
	if (change->disabled == old->change.disabled &&
	    mode_of(old, change) == mode_of(old, &old->change)) {
		old->change = *change;
		return 0;
	}
	return renew(set, old, change, reterr);
}

/* --- files of programs */

bool policy_set_follows(const struct policy_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i]->works && set->v[i]->files)
			return true;
	return false;
}

/* One whose paths lead to other files than when they were looked at last. */
static struct policy_entry *find_moved(struct policy_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct policy_entry *e = set->v[i];
		uint64_t files = e->works && e->files
					 ? program_files_signature(e->policy, &set->ground)
					 : e->files;

		if (files == e->files)
			continue;
		/* What fails is not tried again until there is something else. */
		e->files = files;
		return e;
	}
	return NULL;
}

size_t policy_set_follow(struct policy_set *set)
{
	struct policy_entry *e;
	size_t n = 0;

	roots_settle(set->ground.roots);
	while ((e = find_moved(set)) && !__atomic_load_n(&set->stopped, __ATOMIC_RELAXED)) {
		_cleanup_error_ struct error *err = NULL;

		log_info("policy %s: there are other files that it hooks", e->status.name);
		if (renew(set, e, &e->change, &err) < 0)
			log_warn("policy %s goes on with those that there were: %s", e->status.name,
				 err ? err->message : "out of memory");
		n++;
	}
	return n;
}
