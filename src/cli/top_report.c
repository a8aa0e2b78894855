// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/macro.h"
#include "cli/json_members.h"
#include "cli/top.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static double seconds(const struct top *top)
{
	return (double)(top->ended - top->began) / NSEC_PER_SEC;
}

static double rate(const struct top *top, uint64_t n)
{
	double s = seconds(top);

	return s > 0 ? (double)n / s : 0;
}

/* Of a CPU. */
static double policy_percent(const struct top *top, const struct top_policy *p)
{
	double s = seconds(top);

	return s > 0 ? (double)(p->now.run_ns - p->before.run_ns) / (s * (double)NSEC_PER_SEC) * 100
		     : 0;
}

static double cpu_percent(const struct top *top)
{
	double s = seconds(top);

	if (!top->before.pid || top->before.pid != top->now.pid || s <= 0)
		return 0;
	return (double)(top->now.cpu_ns - top->before.cpu_ns) / (s * (double)NSEC_PER_SEC) * 100;
}

static const char *kind_name(unsigned kind)
{
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
		&tetragon__get_events_response__descriptor, kind);

	return field ? field->name : "unknown";
}

/* --- which come first */

static int by_events(const void *a, const void *b, void *userdata)
{
	const struct top *top = userdata;
	const struct top_process *x = &top->processes[*(const size_t *)a];
	const struct top_process *y = &top->processes[*(const size_t *)b];

	if (x->events != y->events)
		return x->events < y->events ? 1 : -1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static uint64_t news_of(const struct top_policy *p)
{
	return p->now.posts - p->before.posts;
}

static int by_news(const void *a, const void *b, void *userdata)
{
	const struct top *top = userdata;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	uint64_t x = news_of(&top->policies[i]), y = news_of(&top->policies[j]);

	if (x != y)
		return x < y ? 1 : -1;
	return strcmp(top->names.names[i], top->names.names[j]);
}

/* Returns the numbers 0 … @n - 1 in order; NULL without memory. */
static size_t *sorted(const struct top *top, size_t n,
		      int (*compare)(const void *a, const void *b, void *userdata))
{
	size_t *v = calloc(n + 1, sizeof(*v));

	if (!v)
		return NULL;
	for (size_t i = 0; i < n; i++)
		v[i] = i;
	qsort_r(v, n, sizeof(*v), compare, (void *)(uintptr_t)top);
	return v;
}

/* --- for people */

static void write_losses(struct str *out, const struct top *top)
{
	for (size_t i = 0; i < LOSSES; i++) {
		uint64_t n = top->losses[i] - top->losses_before[i];

		if (n)
			str_appendf(out, "lost by the agent: %" PRIu64 " %s\n", n, losses[i].what);
	}
}

static void write_head(struct str *out, const struct top *top)
{
	str_appendf(out, "%" PRIu64 " events in %.1f s, %.0f/s", top->events, seconds(top),
		    rate(top, top->events));
	for (size_t i = 0; i < top->n_kinds; i++)
		str_appendf(out, "%s %s %" PRIu64, i ? "," : ":", kind_name(top->kinds[i].kind),
			    top->kinds[i].events);
	str_append_char(out, '\n');
	if (top->lost)
		str_appendf(out,
			    "%" PRIu64 " more were lost: they come faster than they are read\n",
			    top->lost);
	write_losses(out, top);
	if (top->now.pid)
		str_appendf(out, "agent %d: %.1f %% of a CPU, %" PRIu64 " MiB\n", (int)top->now.pid,
			    cpu_percent(top), top->now.rss_bytes >> 20);
}

static void write_processes(struct str *out, const struct top *top, size_t rows)
{
	_cleanup_free_ size_t *order = sorted(top, top->ids.n, by_events);

	str_appendf(out, "\n  EVENTS      /S  %s\n",
		    top->by_process ? "     PID  PROCESS" : " STARTED  BINARY");
	for (size_t i = 0; order && i < MIN(rows, top->ids.n); i++) {
		const struct top_process *p = &top->processes[order[i]];

		str_appendf(out, "%8" PRIu64 " %7.0f  %8" PRIu64 "  ", p->events,
			    rate(top, p->events), top->by_process ? p->pid : p->started);
		escape_text(out, p->binary, strlen(p->binary));
		str_append_char(out, '\n');
	}
	if (top->ids.n > rows)
		str_appendf(out, "     and %zu %s more\n", top->ids.n - rows,
			    top->by_process ? "processes" : "binaries");
	if (top->others)
		str_appendf(out, "%8" PRIu64 "  of others than the %d that are told apart\n",
			    top->others, TOP_NAMES_MAX);
}

static void write_policies(struct str *out, const struct top *top, size_t rows)
{
	_cleanup_free_ size_t *order = sorted(top, top->names.n, by_news);
	size_t shown = 0;

	if (top->policies_error) {
		str_append_lit(out, "\npolicies are not known: ");
		escape_text(out, top->policies_error, strlen(top->policies_error));
		str_append_char(out, '\n');
		return;
	}
	if (top->names.n)
		str_append_lit(out, "\n  EVENTS      /S     LOST    ACTED   KiB  CPU %  POLICY\n");
	for (size_t i = 0; order && i < top->names.n && shown < rows; i++) {
		const struct top_policy *p = &top->policies[order[i]];
		const char *name = top->names.names[order[i]];

		if (!p->listed)
			continue;
		str_appendf(out, "%8" PRIu64 " %7.0f %8" PRIu64 " %8" PRIu64 " %5" PRIu64 " ",
			    news_of(p), rate(top, news_of(p)), p->now.lost - p->before.lost,
			    p->now.acts - p->before.acts, p->memory / 1024);
		/* 0 of 0 runs may be because nobody measures. */
		if (p->now.runs > p->before.runs || top->measures)
			str_appendf(out, "%6.2f  ", policy_percent(top, p));
		else
			str_append_lit(out, "     -  ");
		escape_text(out, name, strlen(name));
		str_appendf(out, " (%s)\n", p->state ? p->state : "");
		shown++;
	}
}

void top_text(struct str *out, const struct top *top, size_t rows)
{
	write_head(out, top);
	write_processes(out, top, rows);
	write_policies(out, top, rows);
}

/* --- for machines */

/* @exec_id: NULL of a binary */
static void put_process(struct str *out, const struct top_process *p, const char *exec_id)
{
	json_put_begin(out, NULL, '{');
	if (exec_id) {
		json_put_string(out, "exec_id", exec_id);
		json_put_number(out, "pid", p->pid);
	}
	json_put_string(out, "binary", p->binary);
	json_put_number(out, "events", p->events);
	json_put_number(out, "started", p->started);
	json_put_end(out, '}');
}

static void put_policy(struct str *out, const struct top_policy *p, const char *name)
{
	json_put_begin(out, NULL, '{');
	json_put_string(out, "name", name);
	json_put_string(out, "state", p->state);
	json_put_number(out, "events", news_of(p));
	json_put_number(out, "lost", p->now.lost - p->before.lost);
	json_put_number(out, "acted", p->now.acts - p->before.acts);
	json_put_number(out, "run_time_ns", p->now.run_ns - p->before.run_ns);
	json_put_number(out, "runs", p->now.runs - p->before.runs);
	json_put_number(out, "kernel_memory_bytes", p->memory);
	json_put_end(out, '}');
}

static void put_lists(struct str *out, const struct top *top, size_t rows)
{
	_cleanup_free_ size_t *processes = sorted(top, top->ids.n, by_events);
	_cleanup_free_ size_t *policies = sorted(top, top->names.n, by_news);

	json_put_begin(out, top->by_process ? "processes" : "binaries", '[');
	for (size_t i = 0; processes && i < MIN(rows, top->ids.n); i++)
		put_process(out, &top->processes[processes[i]],
			    top->by_process ? top->ids.names[processes[i]] : NULL);
	json_put_end(out, ']');
	json_put_number(out, top->by_process ? "more_processes" : "more_binaries",
			top->ids.n > rows ? top->ids.n - rows : 0);
	json_put_number(out, "events_of_others", top->others);
	json_put_begin(out, "policies", '[');
	for (size_t i = 0, n = 0; policies && i < top->names.n && n < rows; i++)
		if (top->policies[policies[i]].listed && ++n)
			put_policy(out, &top->policies[policies[i]], top->names.names[policies[i]]);
	json_put_end(out, ']');
	if (top->policies_error)
		json_put_string(out, "policies_error", top->policies_error);
}

void top_json(struct str *out, const struct top *top, size_t rows)
{
	json_put_begin(out, NULL, '{');
	json_put_number(out, "interval_ns", top->ended - top->began);
	json_put_number(out, "events", top->events);
	json_put_number(out, "lost", top->lost);
	json_put_begin(out, "agent_lost", '{');
	for (size_t i = 0; i < LOSSES; i++)
		if (top->losses[i] > top->losses_before[i])
			json_put_number(out, losses[i].name,
					top->losses[i] - top->losses_before[i]);
	json_put_end(out, '}');
	json_put_begin(out, "kinds", '{');
	for (size_t i = 0; i < top->n_kinds; i++)
		json_put_number(out, kind_name(top->kinds[i].kind), top->kinds[i].events);
	json_put_end(out, '}');
	if (top->now.pid) {
		json_put_begin(out, "agent", '{');
		json_put_number(out, "pid", (uint64_t)top->now.pid);
		json_put_number(out, "cpu_ns",
				top->before.pid ? top->now.cpu_ns - top->before.cpu_ns : 0);
		json_put_number(out, "rss_bytes", top->now.rss_bytes);
		json_put_end(out, '}');
	}
	put_lists(out, top, rows);
	json_put_end(out, '}');
	str_append_char(out, '\n');
}
