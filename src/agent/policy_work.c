// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_work.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Files are kept where they are. */
static bool is_kept(const struct policy_store *store, const struct policy_key *key)
{
	return store && strcmp(key->domain, POLICY_DOMAIN_STATIC) != 0;
}

/* That something cannot be kept is not about the policy, if it is not about its name. */
static int told(int r)
{
	return r == 0 || r == -ENOMEM || r == -ENAMETOOLONG ? r : -EIO;
}

/* As it is now. */
static int keep(struct policy_set *set, struct policy_store *store, const struct policy_key *key,
		struct error **reterr)
{
	const char *text;
	const struct policy_change *change = policy_set_changed(set, key, &text);

	return told(policy_store_put(store, key, text, change, reterr));
}

/* What was done first is undone, since the rest cannot be done. */
static void log_undone(const struct policy_key *key, int r, const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	if (r < 0)
		log_error("policy %s is not as it is kept: %s", key->name,
			  text ? text : strerror(-r));
}

static int add(struct policy_set *set, struct policy_store *store, const struct api_change *change,
	       struct error **reterr)
{
	_cleanup_error_ struct error *undo = NULL;
	struct policy_key key;
	int r = policy_set_add(set, change->domain, change->yaml, strlen(change->yaml), &key,
			       reterr);

	if (r < 0 || !is_kept(store, &key))
		return r;
	r = keep(set, store, &key, reterr);
	if (r >= 0)
		return r;
	log_undone(&key, policy_set_delete(set, &key, &undo), undo);
	/* Its file may be there, and only not on the disk. */
	policy_store_remove(store, &key, NULL);
	return r;
}

static int delete(struct policy_set *set, struct policy_store *store,
		  const struct api_change *change, struct error **reterr)
{
	const struct policy_key key = {change->name, change->namespace, change->domain};
	_cleanup_error_ struct error *undo = NULL;
	const char *text;
	int r = 0;

	/* One that could not be loaded may be kept as it was before. */
	if (is_kept(store, &key) && policy_set_changed(set, &key, &text))
		r = told(policy_store_remove(store, &key, reterr));
	if (r >= 0)
		r = policy_set_delete(set, &key, reterr);
	if (r < 0 && is_kept(store, &key) && policy_set_changed(set, &key, &text))
		log_undone(&key, keep(set, store, &key, &undo), undo);
	return r;
}

static enum policy_mode mode_of(int mode)
{
	return mode == TETRAGON__TRACING_POLICY_MODE__TP_MODE_MONITOR ? POLICY_MODE_MONITOR
								      : POLICY_MODE_ENFORCE;
}

static int configure(struct policy_set *set, struct policy_store *store,
		     const struct api_change *change, struct error **reterr)
{
	const struct policy_key key = {change->name, change->namespace, change->domain};
	const struct policy_change *now;
	struct policy_change before = {0}, wanted;
	_cleanup_error_ struct error *undo = NULL;
	const char *text;
	int r;

	now = policy_set_changed(set, &key, &text);
	if (now)
		before = *now;
	wanted = before;
	if (change->enable >= 0)
		wanted.disabled = !change->enable;
	if (change->mode >= 0)
		wanted.mode = mode_of(change->mode);
	r = policy_set_configure(set, &key, &wanted, reterr);
	if (r < 0 || !is_kept(store, &key))
		return r;
	r = keep(set, store, &key, reterr);
	if (r >= 0)
		return r;
	log_undone(&key, policy_set_configure(set, &key, &before, &undo), undo);
	keep(set, store, &key, NULL);
	return r;
}

int policy_work_change(struct policy_set *set, struct policy_store *store,
		       const struct api_change *change, struct error **reterr)
{
	static int (*const changes[])(struct policy_set *, struct policy_store *,
				      const struct api_change *, struct error **) = {
		[API_CHANGE_ADD] = add,
		[API_CHANGE_DELETE] = delete,
		[API_CHANGE_CONFIGURE] = configure,
	};

	return changes[change->kind](set, store, change, reterr);
}

int policy_work_restore(struct policy_set *set, struct policy_store *store, struct error **reterr)
{
	_cleanup_kept_policies_ struct kept_policies kept = KEPT_POLICIES_INIT;
	int r = policy_store_read(store, &kept, reterr);
	int restored = policy_set_restore(set, kept.v, kept.n, r >= 0, r < 0 ? NULL : reterr);

	if (r >= 0 && restored >= 0 && kept.n)
		log_info("%zu policies of clients are restored", kept.n);
	return r < 0 ? r : restored;
}
