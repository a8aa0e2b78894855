// SPDX-License-Identifier: Apache-2.0
/* What the agent tells of itself: phases, the ledger. */
#include "agent/state.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "sensor/process_sensor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void print_lines(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		log_info("ledger: %.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

/* Returns what it says went into it. */
static uint64_t tell_sink(const struct sink *sink, ledger_line_fn line, void *userdata)
{
	static const char *const dropped[] = {
		[SINK_DROP_FULL] = "dropped_full",
		[SINK_DROP_ERROR] = "dropped_error",
		[SINK_DROP_CLOSED] = "dropped_closed",
	};
	const struct sink_stats *s = &sink->stats;
	struct ledger_count counts[3 + _SINK_DROP_MAX] = {
		{"delivered", s->delivered}, {"bytes", s->bytes}, {"pending", s->pending}};
	uint64_t sum = s->delivered + s->pending;
	size_t n = 3;

	for (size_t i = 0; i < _SINK_DROP_MAX; i++) {
		sum += s->dropped[i];
		if (s->dropped[i])
			counts[n++] = (struct ledger_count){dropped[i], s->dropped[i]};
	}
	line(userdata, &(struct ledger_line){"sink", sink->name, counts, n, true});
	return sum;
}

static void tell_processes(const struct table_stats *table, ledger_line_fn line, void *userdata)
{
	const struct ledger_count counts[] = {
		{"entries", table->entries},
		{"bytes", table->bytes},
		{"forgotten_dead", table->forgotten_dead},
		{"forgotten_alive", table->forgotten_alive},
	};

	line(userdata, &(struct ledger_line){"processes", NULL, counts, ARRAY_SIZE(counts), true});
}

void agent_count_kernel(struct agent *a)
{
	int r = process_sensor_ledger(a->sensor, &a->ledger.kernel, &a->ledger.missed);

	a->counted = clock_ns(CLOCK_MONOTONIC);
	if (r < 0)
		log_warn("the ledger lacks what the kernel counted: %s", strerror(-r));
	if (!worker_busy(a->worker)) {
		missed_done(&a->missed);
		a->missed = MISSED_INIT;
		policy_set_missed(a->policies, &a->missed);
		a->loads_lost = policy_set_loads_lost(a->policies);
	}
	/* Those that came are counted as supplied. */
	a->ledger.kernel.produced[RECORD_LOAD] += a->loads_lost;
	a->ledger.kernel.full[RECORD_LOAD] += a->loads_lost;
	a->ledger.missed += a->missed.total;
	if (a->redactor)
		a->ledger.overredacted = redactor_doubts(a->redactor);
	a->ledger.undecided = a->filters.events.undecided;
	a->ledger.valueless = a->filters.events.valueless;
	a->ledger.unnamed = symbols_skipped(a->symbols);
}

static void tell_containers(const struct agent *a, ledger_line_fn line, void *userdata)
{
	const struct pods_stats *stats = pods_get_stats(a->pods);
	const struct cri_stats cri =
		a->cri_watch ? *cri_watch_stats(a->cri_watch) : (struct cri_stats){0};
	const struct ledger_count counts[] = {
		{"pods", pods_count(a->pods)},
		{"running", stats->containers - stats->ended - stats->awaited},
		{"awaited", stats->awaited},
		{"ended", stats->ended},
		{"told_by_hook", stats->told[POD_FROM_HOOK]},
		{"told_by_cri", stats->told[POD_FROM_CRI]},
		{"unknown", pod_watch_unknown(a->pod_watch)},
		{"refused", stats->refused},
		{"cri_asked", cri.asked},
		{"cri_failed", cri.failed},
		{"scope_failures", scopes_failed(a->scopes)},
	};
	uint64_t any = 0;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		any |= counts[i].value;
	if (any)
		line(userdata,
		     &(struct ledger_line){"containers", NULL, counts, ARRAY_SIZE(counts), false});
}

static void tell_streams(const struct agent *a, ledger_line_fn line, void *userdata)
{
	const struct ledger_count dropped = {"dropped", a->api ? api_dropped(a->api) : 0};

	if (dropped.value)
		line(userdata, &(struct ledger_line){"streams", NULL, &dropped, 1, false});
}

bool agent_tell_ledger(struct agent *a, ledger_line_fn line, void *userdata)
{
	uint64_t exported = 0;
	bool balanced;

	ledger_tell(&a->ledger, line, userdata);
	missed_tell(&a->missed, line, userdata);
	balanced = ledger_balanced(&a->ledger);
	for (size_t i = 0; i < _EVENT_MAX; i++)
		exported += a->ledger.exported[i];
	for (size_t i = 0; i < a->exporter.n_sinks; i++)
		balanced &= tell_sink(a->exporter.sinks[i], line, userdata) == exported;
	tell_processes(table_get_stats(tracker_table(a->tracker)), line, userdata);
	tell_containers(a, line, userdata);
	tell_streams(a, line, userdata);
	return requests_tell(a->requests, line, userdata) && balanced;
}

bool agent_print_ledger(struct agent *a)
{
	_cleanup_str_ struct str out = STR_INIT;
	bool balanced;

	agent_count_kernel(a);
	balanced = agent_tell_ledger(a, ledger_line_print, &out);
	policy_set_print_counts(a->policies, &out);
	str_appendf(&out, "balanced=%s\n", balanced ? "true" : "false");
	if (str_cstr(&out))
		print_lines(out.data);
	return balanced;
}

/* "2 policies work, 1 does not" */
static void describe_policies(const struct agent *a, struct str *out)
{
	size_t n = policy_set_count(a->policies), works = 0;

	for (size_t i = 0; i < n; i++)
		works += policy_state_works(policy_set_status(a->policies, i)->state);
	str_appendf(out, "%zu %s", works, works == 1 ? "policy works" : "policies work");
	if (n > works)
		str_appendf(out, ", %zu %s not", n - works, n - works == 1 ? "does" : "do");
}

void agent_enter(struct agent *a, enum phase phase)
{
	static const char *const texts[_PHASE_MAX] = {
		[PHASE_STARTING] = "Looking at the processes that there are",
		[PHASE_LOADING] = "Loading policies",
		[PHASE_RUNNING] = "Watching",
		[PHASE_INCOMPLETE] = "Watching, without the policies of clients that were kept",
		[PHASE_RELOADING] = "Reading the policies again",
		[PHASE_STOPPING] = "Writing what is left",
	};
	_cleanup_str_ struct str status = STR_INIT;

	/* Policies that are loaded meanwhile change nothing about that. */
	if (a->phase == PHASE_STOPPING)
		return;
	a->phase = phase;
	str_append_z(&status, texts[phase]);
	if (phase == PHASE_RUNNING || phase == PHASE_INCOMPLETE) {
		str_append_lit(&status, "; ");
		describe_policies(a, &status);
	}
	notify_phase(&a->notify, phase, str_cstr(&status) ? status.data : texts[phase]);
	if (a->api)
		api_set_ready(a->api, phase_is_ready(phase));
}

void agent_log_error(const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	log_error("%s", text ? text : strerror(ENOMEM));
}

void agent_report(struct agent *a)
{
	a->report_wanted = worker_busy(a->worker);
	if (a->report_wanted)
		return;
	/* Records are written all the time: between emptying the ring and reading the kernel side's
	 * counts a few more may come, and the sums are off by them. At the end they must hold. */
	pump_catch_up(a->pump);
	agent_print_ledger(a);
}
