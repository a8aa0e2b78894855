// SPDX-License-Identifier: Apache-2.0
/* What the worker does: policies are read, changed by clients, and the kernel is probed. */
#include "agent/lasting.h"
#include "agent/policy_work.h"
#include "agent/state.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "sensor/procfs.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

/* Now that nothing waits, and all programs that can be in a stack are there. */
static void read_kernel_symbols(struct agent *a)
{
	int r = policy_set_wants_kernel_stacks(a->policies) ? symbols_read_kernel(a->symbols) : 0;

	if (r == -EACCES)
		log_warn("stacks of the kernel are told without names, for it hides its addresses: "
			 "sysctl kernel.kptr_restrict=1 lets the agent see them");
	else if (r < 0)
		log_warn("stacks of the kernel are told without names: %s/kallsyms: %s",
			 a->settings->procfs, strerror(-r));
}

static int read_policies(struct agent *a, struct error **reterr)
{
	const struct settings *s = a->settings;
	int r = 0;

	if (s->tracing_policy)
		r = policy_set_read(a->policies, s->tracing_policy, reterr);
	if (r >= 0 && s->tracing_policy_dir && !access(s->tracing_policy_dir, F_OK))
		r = policy_set_read(a->policies, s->tracing_policy_dir, reterr);
	return r;
}

/* Before those of the files, and again as long as it could not be done. */
static void restore_policies(struct agent *a)
{
	_cleanup_error_ struct error *err = NULL;

	if (a->restored || !a->store)
		return;
	a->restored = policy_work_restore(a->policies, a->store, &err) >= 0;
	if (a->restored)
		return;
	error_wrap(&err, 0, "no policy of clients is restored");
	error_remedy(&err, "send the agent a SIGHUP when that is mended");
	agent_log_error(err);
}

/* Has those of the files work, and no others. When files cannot be read, nothing changes. */
static void load_policies(struct agent *a)
{
	_cleanup_error_ struct error *err = NULL;

	restore_policies(a);
	policy_set_begin(a->policies);
	a->result = read_policies(a, &a->error);
	if (a->result < 0)
		policy_set_cancel(a->policies);
	else if (policy_set_apply(a->policies, &err) < 0)
		agent_log_error(err);
}

static void work(void *userdata)
{
	struct agent *a = userdata;

	if (a->probing) {
		a->probes = info_probe(&a->stops);
		return;
	}
	if (a->following) {
		a->result = (int)policy_set_follow(a->policies);
		if (!a->result)
			return;
	} else if (a->change) {
		a->result = policy_work_change(a->policies, a->store, a->change, &a->error);
	} else {
		load_policies(a);
	}
	lasting_settle(a);
}

/* After what those told of that are no more was read. */
static int watch_loads(struct agent *a, struct error **reterr)
{
	int r = pump_set_loads(a->pump, policy_set_loads(a->policies));

	return r < 0 ? error_set(reterr, r, "cannot wait for what processes load: %s", strerror(-r))
		     : 0;
}

struct api_change *agent_next_change(struct agent *a)
{
	while (!list_empty(&a->changes)) {
		struct api_change *change = container_of(a->changes.next, struct api_change, node);

		list_del(&change->node);
		if (!change->unwanted && !a->stops)
			return change;
		change->done(change, -ECANCELED, NULL);
	}
	return NULL;
}

static void start_changes(struct agent *a)
{
	struct api_change *change;
	int r;

	while (!worker_busy(a->worker) && (change = agent_next_change(a))) {
		a->change = change;
		r = worker_start(a->worker);
		if (r >= 0)
			return;
		a->change = NULL;
		change->done(change, r, NULL);
	}
}

int agent_start_probing(struct agent *a)
{
	int r;

	if (!a->probes_wanted || worker_busy(a->worker) || a->stops)
		return 0;
	a->probes_wanted = false;
	a->probing = true;
	r = worker_start(a->worker);
	a->probing = r >= 0;
	return r;
}

/* Those that ask are told what there is, or that there is nothing. */
static void on_probed(struct agent *a)
{
	a->probing = false;
	a->probes_failed = !a->probes;
	if (a->api)
		api_retry(a->api);
	a->probes_failed = false;
}

void agent_next(struct agent *a)
{
	if (a->api)
		api_retry(a->api);
	if (a->report_wanted)
		agent_report(a);
	if (a->reload_wanted)
		agent_reload(a);
	start_changes(a);
	if (a->follow_wanted)
		agent_follow_programs(a);
	if (agent_start_probing(a) < 0)
		on_probed(a);
}

/* The policies are others now. */
static void follow_policies(struct agent *a)
{
	_cleanup_error_ struct error *err = NULL;

	read_kernel_symbols(a);
	malloc_trim(0);
	/* Not while the worker is busy: the pump reads of them, and follows CPUs. */
	policy_set_end_loads(a->policies);
	/* What programs wrote that are no more is told of, too. */
	pump_catch_up(a->pump);
	if (watch_loads(a, &err) < 0)
		agent_log_error(err);
	policy_set_end_hooks(a->policies);
	tracker_end_hooks(a->tracker);
	policy_set_forget(a->policies);
	agent_drained(a);
}

static enum phase phase_of(const struct agent *a)
{
	return a->restored || !a->store ? PHASE_RUNNING : PHASE_INCOMPLETE;
}

void agent_follow_programs(struct agent *a)
{
	a->follow_wanted = worker_busy(a->worker);
	if (a->follow_wanted || a->stops || !a->watches || !policy_set_follows(a->policies))
		return;
	a->following = true;
	a->following = worker_start(a->worker) >= 0;
}

static void on_followed(struct agent *a)
{
	a->following = false;
	if (a->result)
		follow_policies(a);
	a->result = 0;
	agent_next(a);
}

static void on_changed(struct agent *a)
{
	struct api_change *change = TAKE_PTR(a->change);

	follow_policies(a);
	change->done(change, a->result, a->error);
	error_free(&a->error);
	a->result = 0;
	agent_enter(a, phase_of(a));
	agent_next(a);
}

static void on_loaded(struct agent *a)
{
	if (a->result < 0 && !a->watches) {
		uv_stop(&a->loop);
		return;
	}
	if (a->result < 0) {
		agent_log_error(a->error);
		error_free(&a->error);
		a->result = 0;
	} else {
		follow_policies(a);
	}
	agent_enter(a, phase_of(a));
	if (!a->watches)
		log_info("ocellid " OCELLI_VERSION " watches %zu processes",
			 table_get_stats(tracker_table(a->tracker))->entries);
	a->watches = true;
	agent_next(a);
}

static void on_worked(void *userdata)
{
	struct agent *a = userdata;

	if (a->probing) {
		on_probed(a);
		agent_next(a);
	} else if (a->following) {
		on_followed(a);
	} else if (a->change) {
		on_changed(a);
	} else {
		on_loaded(a);
	}
}

void agent_reload(struct agent *a)
{
	int r;

	a->reload_wanted = worker_busy(a->worker);
	if (a->reload_wanted || a->stops)
		return;
	log_info("received SIGHUP, reading the policies");
	agent_enter(a, PHASE_RELOADING);
	r = worker_start(a->worker);
	if (r < 0) {
		log_error("cannot read the policies: %s", strerror(-r));
		agent_enter(a, phase_of(a));
	}
}

int agent_prepare_policies(struct agent *a, struct error **reterr)
{
	struct plan_facts facts = {.stack_addresses = a->settings->expose_stack_addresses};
	const struct pins_config pins = {
		.dir = a->settings->bpf_dir,
		.required = a->settings->keep_sensors_on_exit,
	};
	const struct worker_config worker = {
		.loop = &a->loop,
		.work = work,
		.done = on_worked,
		.userdata = a,
	};
	int r;

	memcpy(facts.host_ns, messages_host_namespaces(a->messages), sizeof(facts.host_ns));
	r = pins_new(&pins, &a->pins, reterr);
	if (r < 0)
		return r;
	r = policy_set_new(a->sensor, a->hooks, a->pins, a->scopes, a->roots, &facts, &a->policies);
	if (r >= 0)
		r = worker_new(&worker, &a->worker);
	if (r < 0)
		return error_set(reterr, r, "out of memory");
	return a->settings->persist_grpc_policies
		       ? policy_store_open(a->settings->persist_grpc_policies_dir, &a->store,
					   reterr)
		       : 0;
}
