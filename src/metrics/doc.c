// SPDX-License-Identifier: Apache-2.0
/* Prints docs/metrics.md, which is made of the table of metrics. */
#include "metrics/metrics.h"
#include "base/macro.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define OURS "ocelli_"

static const char introduction[] =
	"<!-- Written by metrics-doc (src/metrics): change src/metrics/list.h or doc.c. -->\n"
	"# Metrics\n"
	"\n"
	"`--metrics-server HOST:PORT` has the agent serve these over HTTP at `/metrics`, as "
	"Prometheus's text and, to who\n"
	"prefers it, as OpenMetrics 1.0. [running.md](running.md#metrics) has how to use them and "
	"what that costs.\n"
	"\n"
	"Names and labels are Tetragon's where something here is what they mean. A counter that "
	"was never anything but 0\n"
	"is there with 0, unless its labels depend on what policies or the machine do.\n";

static const char *const titles[_METRIC_GROUP_MAX] = {
	[METRIC_GROUP_HEALTH] = "The agent and its events",
	[METRIC_GROUP_EVENTS] = "Events (not with `--enable-event-metrics=false`)",
	[METRIC_GROUP_RESOURCES] = "The agent's process",
};

static const struct {
	const char *names, *why;
} absent[] = {
	{"tetragon_bpf_error_metrics_total",
	 "what a program could not read is marked in the event itself"},
	{"tetragon_cgroup_rate_total", "`process_throttle` events tell of it, and are counted"},
	{"tetragon_cri_*, tetragon_watcher_*, tetragon_policyfilter_*",
	 "`ocelli_containers*`, `ocelli_cri_requests_total`"},
	{"tetragon_data_*, tetragon_event_cache_*, tetragon_generic_kprobe_merge_*",
	 "records are whole, and an event is complete when it is read: nothing is held back or "
	 "put together"},
	{"tetragon_debug_events_total, tetragon_errors_total, tetragon_process_loader_stats",
	 "they count what cannot happen here; `ocelli_record_outcomes_total` has what can"},
	{"tetragon_missed_link_probes_total", "there is one program at each place"},
	{"tetragon_flags_total", "flags are in the events"},
	{"tetragon_handling_latency",
	 "two looks at the clock for each record would cost more than what they measure"},
	{"tetragon_map_*", "identity is kept in the kernel's own task structure"},
	{"tetragon_notify_overflowed_events_total",
	 "each gRPC client is told in its stream how many events it has missed"},
	{"tetragon_observer_ringbuf_queue_*, tetragon_observer_ringbuf_errors_total",
	 "records are decoded where they are read"},
	{"tetragon_overhead_program_*", "not in this version"},
	{"tetragon_process_cache_misses_total, tetragon_process_cache_early_deletions_total",
	 "there is no cache that could miss: see `tetragon_events_missing_process_info_total`"},
	{"tetragon_syscalls_total", "`tetragon_policy_events_total` has them by hook"},
	{"go_*, process_network_*", "there is no Go runtime"},
};

/* A table's cells end at a bar. */
static void print_text(const char *s)
{
	for (; *s; s++) {
		if (strchr("_*|<>", *s))
			putchar('\\');
		putchar(*s);
	}
}

static void print_names(const char *names)
{
	for (size_t n; *names; names += n + strspn(names + n, ", ")) {
		n = strcspn(names, ",");
		printf("`%.*s`%s", (int)n, names, names[n] ? ", " : "");
	}
}

static void print_metric(const struct metric *m)
{
	printf("| `%s` | %s |", m->name, m->type == METRIC_COUNTER ? "counter" : "gauge");
	for (size_t i = 0; m->labels[i]; i++)
		printf("%s`%s`", i ? ", " : " ", m->labels[i]);
	printf(" | ");
	print_text(m->help);
	printf(" |\n");
}

static void print_group(enum metric_group group, bool ours)
{
	for (size_t i = 0; i < _METRIC_MAX; i++) {
		const struct metric *m = &metrics_table[i];

		if (m->group == group && !strncmp(m->name, OURS, strlen(OURS)) == ours)
			print_metric(m);
	}
}

int main(void)
{
	fputs(introduction, stdout);
	for (size_t i = 0; i < _METRIC_GROUP_MAX; i++) {
		printf("\n## %s\n\n| name | type | labels | what it is |\n|---|---|---|---|\n",
		       titles[i]);
		print_group((enum metric_group)i, false);
		print_group((enum metric_group)i, true);
	}
	printf("\n## Of Tetragon's, not here\n\n| name | why |\n|---|---|\n");
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
		printf("| ");
		print_names(absent[i].names);
		printf(" | %s |\n", absent[i].why);
	}
	return ferror(stdout) ? 1 : 0;
}
