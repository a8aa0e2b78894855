// SPDX-License-Identifier: Apache-2.0
/* What clients are told of the agent, and what they have it do. */
#include "agent/ledger_answer.h"
#include "agent/policy_answer.h"
#include "agent/process_list.h"
#include "agent/serving.h"
#include "agent/state.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>

static int list_policies(void *userdata, const char *domain, bool extended, struct arena *arena,
			 Tetragon__ListTracingPoliciesResponse *answer)
{
	struct agent *a = userdata;

	/* Then they are the worker's. */
	if (worker_busy(a->worker))
		return -EBUSY;
	return policy_answer_list(a->policies, domain, extended, arena, answer);
}

static int list_domains(void *userdata, struct arena *arena, Tetragon__ListDomainsResponse *answer)
{
	struct agent *a = userdata;

	return worker_busy(a->worker) ? -EBUSY : policy_answer_domains(a->policies, arena, answer);
}

static void change_policy(void *userdata, struct api_change *change)
{
	struct agent *a = userdata;

	list_add_tail(&a->changes, &change->node);
	if (!worker_busy(a->worker) && a->watches)
		agent_next(a);
}

static int get_event_log(void *userdata, struct api_event_log *ret)
{
	struct agent *a = userdata;

	if (!a->file)
		return -ENOENT;
	*ret = a->event_log;
	return 0;
}

static void set_event_log(void *userdata, const struct api_event_log *log)
{
	struct agent *a = userdata;

	a->event_log = *log;
	file_sink_configure(a->file, (uint64_t)log->max_size_mb << 20, log->rotation_interval,
			    (unsigned)log->max_backups);
	log_info("a client has the exported file rotated at %lld MB, every %llu s, with %lld old "
		 "ones kept",
		 (long long)log->max_size_mb,
		 (unsigned long long)(log->rotation_interval / NSEC_PER_SEC),
		 (long long)log->max_backups);
}

static int each_process(void *userdata, const Tetragon__DumpProcessCacheReqArgs *which,
			int (*each)(const Tetragon__ProcessInternal *process, void *data),
			void *data)
{
	struct agent *a = userdata;

	return process_list(tracker_table(a->tracker), a->messages, which, each, data);
}

static int create_container(void *userdata, const Tetragon__CreateContainer *container,
			    struct error **reterr)
{
	struct agent *a = userdata;

	int r = pod_watch_create(a->pod_watch, container, reterr);

	/* It knows the pod's labels. */
	if (r >= 0 && a->cri_watch)
		cri_watch_wake(a->cri_watch);
	return r;
}

/* What the kernel counts is told as of so long ago at most. */
#define LEDGER_NS NSEC_PER_SEC

static int get_ledger(void *userdata, struct arena *arena,
		      Tetragon__GetHealthStatusResponse *answer)
{
	struct ledger_answer ledger = {.arena = arena};
	struct agent *a = userdata;

	/* However often clients ask: the kernel is asked of each place that policies have. */
	if (clock_ns(CLOCK_MONOTONIC) - a->counted >= LEDGER_NS)
		agent_count_kernel(a);
	agent_tell_ledger(a, ledger_answer_add, &ledger);
	if (ledger.failed)
		return -ENOMEM;
	answer->ledger = ledger.lines;
	answer->n_ledger = ledger.n;
	return 0;
}

static int get_info(void *userdata, struct arena *arena, Tetragon__GetInfoResponse *answer)
{
	struct agent *a = userdata;

	if (a->probes_failed)
		return -ENOMEM;
	if (!a->probing && a->probes)
		return info_tell(a->settings, a->probes, a->node_name, arena, answer);
	if (a->probing)
		return -EBUSY;
	a->probes_wanted = true;
	/* What is to be done to policies goes first. */
	if (a->reload_wanted || !list_empty(&a->changes))
		return -EBUSY;
	return agent_start_probing(a) < 0 ? -ENOMEM : -EBUSY;
}

int agent_serve(struct agent *a, struct error **reterr)
{
	const struct api_agent agent = {
		.list_policies = list_policies,
		.list_domains = list_domains,
		.change_policy = change_policy,
		.get_event_log = get_event_log,
		.set_event_log = set_event_log,
		.each_process = each_process,
		.create_container = create_container,
		.get_ledger = get_ledger,
		.get_info = get_info,
		.filter_rules = export_filters_rules(a->settings),
		.userdata = a,
	};
	const struct settings *s = a->settings;

	return s->server_address || s->health_server_address
		       ? serving_start(&a->loop, s, &agent, &a->api, reterr)
		       : 0;
}

static bool refresh(void *userdata)
{
	struct agent *a = userdata;

	agent_count_kernel(a);
	return !worker_busy(a->worker);
}

int agent_serve_web(struct agent *a, struct error **reterr)
{
	const struct settings *s = a->settings;
	const struct web_config config = {
		.loop = &a->loop,
		.sources =
			{
				.settings = s,
				.node_name = a->node_name,
				.ledger = &a->ledger,
				.missed = &a->missed,
				.exporter = &a->exporter,
				.policies = a->policies,
				.tracker = a->tracker,
				.requests = a->requests,
				.pods = a->pods,
				.pod_watch = a->pod_watch,
				.cri_watch = a->cri_watch,
				.scopes = a->scopes,
				.ring = process_sensor_ring(a->sensor),
				.binaries = a->binaries,
				.mended = &a->mended,
				.phase = &a->phase,
			},
		.refresh = refresh,
		.userdata = a,
	};
	int r;

	if (!s->metrics_server)
		return 0;
	r = web_new(&config, s->metrics_server, &a->web, reterr);
	if (r < 0)
		return error_wrap(reterr, r, "metrics-server");
	log_info("serving http://%s/metrics", web_address(a->web));
	return 0;
}
