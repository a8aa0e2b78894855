/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_METRICS_H
#define OCELLI_AGENT_METRICS_H

#include "agent/cri_watch.h"
#include "agent/exporter.h"
#include "agent/phase.h"
#include "agent/policy_set.h"
#include "agent/requests.h"
#include "agent/settings.h"
#include "core/ledger.h"
#include "core/tracker.h"
#include "metrics/binaries.h"
#include "metrics/page.h"
#include "sensor/ring.h"
#include "tracing/missed.h"
#include "tracing/scopes.h"

/* What metrics are of. All of it is borrowed. */
struct metrics_sources {
	const struct settings *settings;
	const char *node_name;
	const struct ledger *ledger;
	const struct missed *missed;
	const struct exporter *exporter;
	const struct policy_set *policies;
	struct tracker *tracker;
	struct requests *requests;
	const struct pods *pods;
	const struct pod_watch *pod_watch;
	const struct cri_watch *cri_watch; /* NULL: no runtime is asked */
	struct scopes *scopes;
	struct ring *ring;
	const struct binaries *binaries; /* NULL: events are not told apart by them */
	const uint64_t *mended;
	const enum phase *phase;
};

/* All but what is the policies'. */
void metrics_add_agent(const struct metrics_sources *sources, uint64_t left_out,
		       struct metrics_page *page);

/* What is theirs; not while another thread is at them. */
void metrics_add_policies(const struct metrics_sources *sources, struct metrics_page *page);

#endif
