// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics.h"
#include "base/clock.h"
#include "base/macro.h"
#include "metrics/self.h"
#include "sensor/hook_point.h"

#include <ctype.h>
#include <stdio.h>

#define ADD(page, value, ...) metrics_page_add(page, value, METRICS_LABELS(__VA_ARGS__))

/* Of a metric without labels. */
static void add_one(struct metrics_page *page, enum metric_id id, uint64_t value)
{
	metrics_page_metric(page, id);
	metrics_page_add(page, value, METRICS_NO_LABELS);
}

static uint64_t sum(const uint64_t *v, size_t n)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += v[i];
	return total;
}

/* --- events */

/* "PROCESS_EXEC" */
static const char *schema_name(enum event_type type, char *buf, size_t size)
{
	const char *name = event_type_to_string(type);
	size_t i = 0;

	for (; name[i] && i + 1 < size; i++)
		buf[i] = (char)toupper(name[i]);
	buf[i] = '\0';
	return buf;
}

static void add_by_binary(const struct metrics_sources *s, const char *node,
			  struct metrics_page *page)
{
	char type[32];

	for (size_t i = 0; i < binaries_n(s->binaries); i++) {
		for (enum event_type t = 0; t < _EVENT_MAX; t++) {
			uint64_t n = binaries_events(s->binaries, i, t);

			if (n)
				ADD(page, n, schema_name(t, type, sizeof(type)),
				    binaries_name(s->binaries, i), node);
		}
	}
}

static void add_events(const struct metrics_sources *s, struct metrics_page *page)
{
	bool with_node = s->settings->metrics_labels & METRICS_LABEL_NODE_NAME;
	const char *node = with_node ? s->node_name : NULL;
	char type[32];

	if (!s->settings->enable_event_metrics)
		return;
	metrics_page_metric(page, METRIC_EVENTS);
	if (s->binaries) {
		add_by_binary(s, node, page);
		return;
	}
	for (enum event_type t = 0; t < _EVENT_MAX; t++)
		ADD(page, s->ledger->made[t], schema_name(t, type, sizeof(type)), NULL, node);
}

static void add_steps(const struct ledger *l, struct metrics_page *page)
{
	const struct {
		const char *name;
		const uint64_t *v;
	} steps[] = {
		{"made", l->made},
		{"limited", l->limited},
		{"unrendered", l->unrendered},
		{"exported", l->exported},
	};

	metrics_page_metric(page, METRIC_LEDGER_EVENTS);
	for (enum event_type t = 0; t < _EVENT_MAX; t++)
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
			ADD(page, steps[i].v[t], event_type_to_string(t), steps[i].name);
	add_one(page, METRIC_RATELIMIT_DROPPED, sum(l->limited, _EVENT_MAX));
	add_one(page, METRIC_MISSING_PROCESS, l->unknown);
}

static void add_sinks(const struct exporter *e, struct metrics_page *page)
{
	uint64_t events = 0, bytes = 0, boot;

	metrics_page_metric(page, METRIC_SINK_EVENTS);
	for (size_t i = 0; i < e->n_sinks; i++) {
		const struct sink *sink = e->sinks[i];

		events += sink->stats.delivered;
		bytes += sink->stats.bytes;
		ADD(page, sink->stats.delivered, sink->name, "delivered");
		for (int d = 0; d < _SINK_DROP_MAX; d++)
			ADD(page, sink->stats.dropped[d], sink->name,
			    sink_drop_to_string((enum sink_drop)d));
	}
	metrics_page_metric(page, METRIC_SINK_PENDING);
	for (size_t i = 0; i < e->n_sinks; i++)
		ADD(page, e->sinks[i]->stats.pending, e->sinks[i]->name);
	metrics_page_metric(page, METRIC_SINK_BYTES);
	for (size_t i = 0; i < e->n_sinks; i++)
		ADD(page, e->sinks[i]->stats.bytes, e->sinks[i]->name);
	add_one(page, METRIC_EVENTS_EXPORTED, events);
	add_one(page, METRIC_EVENTS_EXPORTED_BYTES, bytes);
	if (!e->last_time)
		return;
	boot = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	metrics_page_metric(page, METRIC_LAST_EXPORTED);
	metrics_page_add_double(page, (double)(boot + e->last_time) / NSEC_PER_SEC,
				METRICS_NO_LABELS);
}

/* --- records */

/* The numbers that Tetragon gives to the messages of its kernel side. */
static const struct {
	const char *number;
	unsigned records; /* which of ours are such: a bit each */
} message_ops[] = {
	{"5", 1U << RECORD_EXEC | 1U << RECORD_TASK},
	{"7", 1U << RECORD_EXIT | 1U << RECORD_DYING},
	{"13", 1U << RECORD_HOOK},
	{"23", 1U << RECORD_FORK},
	{"24", 1U << RECORD_DATA | 1U << RECORD_PART},
	{"25", 1U << RECORD_CGROUP},
	{"26", 1U << RECORD_LOAD},
	{"27", 1U << RECORD_THROTTLE},
};

static uint64_t sum_of(unsigned records, const uint64_t *v)
{
	uint64_t total = 0;

	for (size_t i = 0; i < _RECORD_MAX; i++)
		total += records >> i & 1 ? v[i] : 0;
	return total;
}

static void add_message_ops(const struct ledger *l, struct metrics_page *page)
{
	uint64_t malformed[_RECORD_MAX];

	for (size_t i = 0; i < _RECORD_MAX; i++)
		malformed[i] = l->outcomes[i][OUTCOME_MALFORMED];
	metrics_page_metric(page, METRIC_MSG_OP);
	for (size_t i = 0; i < ARRAY_SIZE(message_ops); i++)
		ADD(page, sum_of(message_ops[i].records, l->received), message_ops[i].number);
	metrics_page_metric(page, METRIC_MISSED_EVENTS);
	for (size_t i = 0; i < ARRAY_SIZE(message_ops); i++)
		ADD(page, sum_of(message_ops[i].records, (const uint64_t *)l->kernel.full),
		    message_ops[i].number, "ENOSPC");
	metrics_page_metric(page, METRIC_HANDLER_ERRORS);
	for (size_t i = 0; i < ARRAY_SIZE(message_ops); i++)
		ADD(page, sum_of(message_ops[i].records, malformed), message_ops[i].number,
		    "event_handler_failed");
}

static void add_records(const struct ledger *l, struct metrics_page *page)
{
	const struct {
		const char *name;
		const uint64_t *v;
	} steps[] = {
		{"produced", (const uint64_t *)l->kernel.produced},
		{"supplied", l->supplied},
		{"full", (const uint64_t *)l->kernel.full},
		{"throttled", (const uint64_t *)l->kernel.throttled},
		{"discarded", (const uint64_t *)l->kernel.discarded},
		{"received", l->received},
	};

	metrics_page_metric(page, METRIC_RECORDS);
	for (enum record_type t = 0; t < _RECORD_MAX; t++)
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
			ADD(page, steps[i].v[t], record_type_to_string(t), steps[i].name);
	metrics_page_metric(page, METRIC_RECORD_OUTCOMES);
	for (enum record_type t = 0; t < _RECORD_MAX; t++)
		for (enum outcome o = 0; o < _OUTCOME_MAX; o++)
			if (l->outcomes[t][o])
				ADD(page, l->outcomes[t][o], record_type_to_string(t),
				    outcome_to_string(o));
}

static void add_kernel(const struct metrics_sources *s, struct metrics_page *page)
{
	const struct ledger *l = s->ledger;

	add_one(page, METRIC_RECEIVED, sum(l->received, _RECORD_MAX));
	add_one(page, METRIC_LOST, sum((const uint64_t *)l->kernel.full, _RECORD_MAX));
	add_message_ops(l, page);
	add_records(l, page);
	metrics_page_metric(page, METRIC_MISSED_PROGRAMS);
	for (size_t i = 0; i < s->missed->n; i++) {
		const struct missed_place *place = &s->missed->v[i];
		char attach[256];

		snprintf(attach, sizeof(attach), "%s:%s", hook_point_kind_name(place->kind),
			 place->name);
		ADD(page, place->n, attach);
	}
	add_one(page, METRIC_MISSED_RUNS, l->missed);
	add_one(page, METRIC_RING_BACKLOG, ring_written(s->ring) - ring_read(s->ring));
	add_one(page, METRIC_BARE_EXECS, l->kernel.bare_execs);
	add_one(page, METRIC_OWN_HITS, l->kernel.own_hooks);
	add_one(page, METRIC_UNREAD, l->kernel.unread);
	add_one(page, METRIC_MEDDLING, *s->mended);
	add_one(page, METRIC_TRUNCATED, l->truncated);
	add_one(page, METRIC_REPAIRED, l->invalid_utf8);
	add_one(page, METRIC_UNNAMED_FRAMES, l->unnamed);
}

/* --- the rest */

static void add_processes(const struct metrics_sources *s, struct metrics_page *page)
{
	const struct table_stats *table = table_get_stats(tracker_table(s->tracker));

	add_one(page, METRIC_PROCESS_CAPACITY, (uint64_t)s->settings->process_cache_size);
	add_one(page, METRIC_PROCESS_SIZE, table->entries);
	add_one(page, METRIC_PROCESS_EVICTIONS, table->forgotten_dead + table->forgotten_alive);
	add_one(page, METRIC_PROCESS_BYTES, table->bytes);
	add_one(page, METRIC_PROCESS_BYTES_MAX, s->settings->process_cache_bytes);
	metrics_page_metric(page, METRIC_FORGOTTEN);
	ADD(page, table->forgotten_dead, "dead");
	ADD(page, table->forgotten_alive, "alive");
}

static void add_containers(const struct metrics_sources *s, struct metrics_page *page)
{
	const struct pods_stats *stats = pods_get_stats(s->pods);
	const struct cri_stats cri =
		s->cri_watch ? *cri_watch_stats(s->cri_watch) : (struct cri_stats){0};

	add_one(page, METRIC_PODS, pods_count(s->pods));
	metrics_page_metric(page, METRIC_CONTAINERS);
	ADD(page, stats->containers - stats->ended - stats->awaited, "running");
	ADD(page, stats->awaited, "awaited");
	ADD(page, stats->ended, "ended");
	metrics_page_metric(page, METRIC_CONTAINERS_TOLD);
	ADD(page, stats->told[POD_FROM_HOOK], "hook");
	ADD(page, stats->told[POD_FROM_CRI], "cri");
	add_one(page, METRIC_CONTAINERS_UNKNOWN, pod_watch_unknown(s->pod_watch));
	add_one(page, METRIC_CONTAINERS_REFUSED, stats->refused);
	add_one(page, METRIC_CONTAINER_BYTES, stats->bytes);
	add_one(page, METRIC_SCOPES, scopes_count(s->scopes));
	add_one(page, METRIC_SCOPE_FAILURES, scopes_failed(s->scopes));
	metrics_page_metric(page, METRIC_CRI_REQUESTS);
	ADD(page, cri.asked, "asked");
	ADD(page, cri.failed, "failed");
}

static void add_requests(struct requests *requests, struct metrics_page *page)
{
	metrics_page_metric(page, METRIC_REQUESTS);
	for (enum hook_request_kind k = 0; k < _HOOK_REQUEST_MAX; k++) {
		struct request_counts counts = requests_counts(requests, k);
		const char *name = request_kind_name(k);

		ADD(page, counts.added, name, "added");
		ADD(page, counts.done, name, "done");
		ADD(page, counts.failed, name, "failed");
		ADD(page, counts.dropped, name, "dropped");
	}
}

void metrics_add_agent(const struct metrics_sources *s, uint64_t left_out,
		       struct metrics_page *page)
{
	metrics_page_metric(page, METRIC_BUILD_INFO);
	ADD(page, 1, OCELLI_VERSION);
	metrics_page_metric(page, METRIC_PHASE);
	for (enum phase p = 0; p < _PHASE_MAX; p++)
		ADD(page, p == *s->phase, phase_name(p));
	add_events(s, page);
	add_steps(s->ledger, page);
	add_sinks(s->exporter, page);
	add_kernel(s, page);
	add_processes(s, page);
	add_containers(s, page);
	add_requests(s->requests, page);
	add_one(page, METRIC_LEFT_OUT, left_out);
	add_one(page, METRIC_BINARIES, s->binaries ? binaries_n(s->binaries) - 1 : 0);
	metrics_add_self(page);
}
