// SPDX-License-Identifier: Apache-2.0
#include "agent/lasting.h"
#include "agent/state.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "pins/pinned.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

/* --- what is said of it */

static json_t *describe_policy(const struct policy_status *status)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "name", status->name, "namespace",
			 status->namespace, "domain", status->domain, "mode",
			 policy_status_mode_name(status->mode));
}

/* The caller's; NULL: out of memory. */
static char *describe_all(const struct policy_set *policies)
{
	json_t *all = json_pack("{s:s, s:i, s:[]}", "version", OCELLI_VERSION, "pid", (int)getpid(),
				"policies");
	json_t *list = json_object_get(all, "policies");
	size_t n = policy_set_count(policies);
	char *text;

	for (size_t i = 0; i < n; i++) {
		const struct policy_status *status = policy_set_status(policies, i);

		if (policy_state_works(status->state))
			json_array_append_new(list, describe_policy(status));
	}
	text = all ? json_dumps(all, JSON_COMPACT) : NULL;
	json_decref(all);
	return text;
}

static void describe(struct agent *a)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = describe_all(a->policies);

	if (text && pins_describe(a->pins, text, &err) < 0)
		log_error_object(LOG_LEVEL_WARN, err);
}

/* --- taking over */

/* Its policies' names are not looked at: they may have come by other ways, or be others now. */
static int take_over(const struct pinned *pinned)
{
	_cleanup_error_ struct error *err = NULL;
	int r = pinned_remove(pinned, &err);

	if (r < 0 && r != -EBUSY)
		log_error_object(LOG_LEVEL_ERROR, err);
	else if (r >= 0)
		log_info("took over from the agent before: %zu pins in %s are removed", pinned->n,
			 pinned->path);
	return r;
}

static void tell_kept(const struct agent *a, const struct pinned *pinned)
{
	log_warn("what the agent before left in %s goes on beside this one, for there are policies "
		 "that do not work: mend them, and send a SIGHUP; or %s",
		 pinned->path, "\"ocelli pins remove\" ends it");
}

static void settle_left(struct agent *a)
{
	_cleanup_(pinned_done) struct pinned_list list = PINNED_LIST_INIT;
	_cleanup_error_ struct error *err = NULL;
	bool whole = policy_set_is_whole(a->policies) && (a->restored || !a->store);
	int r = pinned_read(a->settings->bpf_dir, &list, &err);

	if (r < 0)
		log_error_object(LOG_LEVEL_WARN, err);
	for (size_t i = 0; i < list.n; i++) {
		if (list.v[i].in_use)
			continue;
		if (whole)
			r = MIN(r, take_over(&list.v[i]));
		else
			tell_kept(a, &list.v[i]);
	}
	a->took_over = whole && r >= 0;
}

void lasting_settle(struct agent *a)
{
	if (a->result < 0)
		return;
	describe(a);
	if (!a->took_over)
		settle_left(a);
}

/* --- against meddling */

/* Some 3 us each. */
#define PLACES_A_SECOND 64

static void tell_meddling(const char *where, const char *what)
{
	log_error("somebody meddles with the agent: %s: %s; it is put right", where, what);
}

void lasting_mend(struct agent *a)
{
	uint64_t before = a->mended;

	if (process_sensor_mend(a->sensor)) {
		tell_meddling("all places", "who reads the events was changed");
		a->mended++;
	}
	a->mended += policy_set_mend(a->policies, PLACES_A_SECOND, tell_meddling);
	if (a->mended != before)
		describe(a);
}

void lasting_leave(struct agent *a)
{
	const char *where = pins_directory(a->pins);

	if (!where)
		return;
	__atomic_store_n(&process_sensor_reader(a->sensor)->gone, 1, __ATOMIC_RELEASE);
	policy_set_leave(a->policies);
	log_info("what policies enforce goes on without the agent; it is pinned in %s", where);
}
